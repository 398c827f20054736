// What the screens are to show besides one merchant: more merchants, and something of everything.

import { SHOP } from './journeys.mjs';
import { until } from './system.mjs';

const SHOPS = 30;

/** Goes through what has forms of its own by clicking; makes the rest by the API and the simulator. */
export async function furnish(operator) {
  const { page, system } = operator;
  const component = `/console/${system.component}`;
  const shop = `${component}/mini-programs/${SHOP}`;

  await operator.open(`${component}/registrations`);
  await operator.follow('企业小程序');
  await operator.send('register-company', {
    '企业名称': '城南面馆（北京）有限公司', '统一社会信用代码': '91110108MA01KPGK0T', '客服电话': '010-88880000',
  }, '链接已生成');
  await page.locator('svg').first().waitFor();
  const registration = page.url().match(/registrations\/(\w+)/)[1];

  await operator.open(`${component}/self-tests`);
  await operator.send('self-test', {});
  await page.locator('tbody tr').first().waitFor();
  const selfTest = page.url().match(/self-tests\/(\w+)/)[1];
  await until('the self-test', async () => (await system.get(`/self-tests/${selfTest}`)).state !== 'running');

  await operator.open(`${shop}/payment`);
  await operator.send('set-payment', {
    '商户号': '1900009191', 'APIv2 密钥': '8f14e45fceea167a5a36dedd4bea2543',
  }, '支付设置已保存');
  const certificate = new URL('../../shared/platform/tests/data/payment/legacy.p12', import.meta.url);
  await operator.form('upload-payment-certificate').getByLabel('证书文件').setInputFiles(certificate.pathname);
  await operator.send('upload-payment-certificate', {}, '证书已保存');

  await operator.open(`${shop}/privacy`);
  await operator.send('write-guideline', {
    '用途说明': 'UserInfo = 展示头像和昵称', '邮箱': 'service@example.com', '如何通知用户': '弹窗',
  }, '隐私保护指引已保存');
  await operator.open(`${shop}/open-account`);
  await operator.send('create-open-account', {}, '已创建并绑定');
  await operator.open(`${shop}/serving`);
  await operator.follow('暂停服务');
  await operator.send('suspend', {}, '已暂停服务');
  await operator.follow('恢复服务');
  await operator.send('resume-service', {}, '已恢复服务');

  await operator.open(`${component}/onboarding`);
  await operator.follow('上线方案');
  await operator.send('set-onboarding-plan', {
    '体验者微信号': 'tester002', '信息和用途': 'UserInfo = 展示头像和昵称', '邮箱': 'service@example.com', '通知方式': '弹窗',
  }, '方案已保存');
  await operator.open(`${shop}/onboarding`);
  await operator.follow('按现在的方案开始');
  await operator.send('begin-onboarding', {});

  const mini = `/mini-programs/${SHOP}`;
  await system.send('PUT', `${mini}/order-path`, { path: 'pages/orders/index' });
  await system.play('punish', { appid: SHOP, reason: '内容涉嫌欺诈', content: '页面展示了不实优惠' });
  await system.send('POST', `${mini}/punishments/refresh`, {});
  const kinds = { kinds: ['release.*', 'merchant.*'] };
  const target = { url: 'http://127.0.0.1:9/hook', description: '订单系统', filter: kinds };
  const { webhook } = await system.send('POST', '/v1/webhooks', target);
  for (const name of ['王敏', '李强']) await system.send('POST', '/v1/keys', { name, role: 'releaser' });

  const { events } = await system.get('/events?state=done&limit=1');

  const shops = await merchants(system);
  for (const appid of shops.slice(0, 3)) await system.send('POST', `/mini-programs/${appid}/onboarding`, {});
  return { registration, selfTest, webhook: webhook.id, event: events[0].id, shops, more: {} };
}

/** Thirty merchants that authorize. */
export async function merchants(system) {
  const shops = [];
  for (let number = 1; number <= SHOPS; number += 1) {
    const appid = `wxf1ee7${String(number).padStart(11, '0')}`;
    shops.push(appid);
    await system.play('merchants', {
      appid,
      user_name: `gh_${String(number).padStart(12, '0')}`,
      nick_name: `城南面馆 ${number} 号店`,
      principal_name: '城南面馆（北京）有限公司',
      principal_type: 1,
      signature: '招牌牛肉面，现点现做',
      head_image: 'https://wx.qlogo.cn/mmopen/shop/0',
      categories: [{ first_class: '餐饮', first_id: 220, second_class: '菜谱', second_id: 225 }],
      icp_status: 6,
      privacy_guideline: true,
    });
    await system.play('authorize', { appid });
  }
  await until('thirty merchants', async () => {
    const listed = await system.get('/mini-programs?limit=100');
    return shops.every((appid) => listed.mini_programs.some((it) => it.appid === appid));
  });
  return shops;
}
