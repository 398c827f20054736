// J1 and J3 of one merchant, by clicking, in Chinese.

import { until } from './system.mjs';

export const SHOP = 'wx7c3e19a2b84d5f06';

/** J1: from the first ticket to the first release and its code. */
export async function firstRelease(operator) {
  const { page, system } = operator;
  await operator.signIn();

  // The merchant authorizes by the link that Today shows.
  await operator.click(page.locator('.steps a[href*="/authorize/"]').first());
  await page.getByRole('link', { name: /授权/ }).first().click();
  await page.locator(`input[value="${SHOP}"]`).check();
  await page.getByRole('button', { name: /授权|同意/ }).first().click();
  await page.waitForURL(/\/authorize\//);
  await until('the merchant', () => system.get(`/mini-programs/${SHOP}`));

  // A draft becomes a template.
  await operator.open('/console');
  await operator.follow('模板');
  await operator.follow('加入模板库', page.locator('section[aria-labelledby=drafts]'));
  await operator.send('add-template', {}, '已加入模板库');

  // Domains, a tester, code.
  await operator.follow('小程序');
  await operator.click(page.locator(`a.account[href*="${SHOP}"]`));
  await operator.follow('域名', page.locator('nav.sides'));
  const domains = { 'request（https://）': 'https://api.example.com' };
  await operator.send('set-server-domains', domains, '服务器域名已更新');
  await operator.follow('体验者', page.locator('nav.sides'));
  await operator.send('bind-tester', { '微信号': 'chengnan_boss' }, '体验者已添加');
  await operator.follow('版本与审核', page.locator('nav.sides'));
  await operator.send('commit', { '版本号': '1.0.0', '版本描述': '第一版' }, '代码已上传');
  await operator.click(page.getByText('体验二维码'));
  const picture = page.locator('.code-picture img');
  await picture.evaluate((image) => image.complete || new Promise((done) => { image.onload = done; }));
  if (!await picture.evaluate((image) => image.naturalWidth)) throw new Error('the trial code is no picture');

  // Checks, review, release.
  await operator.follow('提审前检查');
  await page.locator('ul.checks li').first().waitFor();
  await operator.send('submit', { '给审核人员的版本说明': '首次提审' });
  await review(operator, 'in-review');
  await decide(operator, '审核通过');
  await release(operator);

  // The mini program's code.
  await operator.follow('小程序码', page.locator('nav.sides'));
  const drawn = page.waitForResponse((answer) => answer.url().endsWith('/do/draw-code'));
  await operator.form('draw-code').getByLabel('种类').selectOption('getwxacode');
  await operator.form('draw-code').getByLabel('路径').fill('pages/index/index');
  await operator.click(operator.form('draw-code').getByRole('button'));
  const type = (await drawn).headers()['content-type'];
  if (!/^image\//.test(type)) throw new Error(`the code came as ${type}`);
}

/** J3: refused, corrected, withdrawn, approved, released, rolled back. */
export async function refusal(operator) {
  const { page, system } = operator;
  const delivery = `/console/${system.component}/mini-programs/${SHOP}/delivery`;
  await operator.open(delivery);
  await operator.send('commit', { '版本号': '1.1.0', '版本描述': '第二版' }, '代码已上传');
  await operator.send('submit', {});
  await review(operator, 'in-review');
  await decide(operator, '审核驳回', '功能页面与服务类目不符');
  await operator.open(delivery);
  await operator.seesSoon('功能页面与服务类目不符');

  await operator.send('commit', { '版本号': '1.1.1', '版本描述': '改正类目' }, '代码已上传');
  await operator.send('submit', { '对上次驳回的说明': '已改正类目' });
  await review(operator, 'in-review');
  await operator.open(delivery);
  await operator.follow('撤回审核');
  await operator.send('withdraw', {}, '已撤回');
  await operator.send('submit', {});
  await review(operator, 'in-review');
  await decide(operator, '审核通过');
  await release(operator);

  await operator.follow('可回退的版本');
  await operator.click(page.getByRole('link', { name: '回退版本' }).first());
  await operator.send('roll-back', {}, '已回退');
  await operator.sees('1.0.0');
}

/** WeChat's detection takes its time, and the clock goes on with what waits for it once a minute. */
const REVIEW_PATIENCE = 150_000;

/** Waits until the review stands so. */
async function review(operator, state) {
  const path = `/mini-programs/${SHOP}/review`;
  await until(`a review that is ${state}`, async () => {
    const shown = await operator.system.get(path);
    return shown?.state === state;
  }, REVIEW_PATIENCE);
}

/** WeChat's reviewer decides, on the simulator's own page, which loads itself again afterwards. */
async function decide(operator, decision, reason) {
  const { page, system } = operator;
  operator.wechat ??= await page.context().newPage();
  const { wechat } = operator;
  await wechat.goto(system.wechat);
  if (reason) wechat.once('dialog', (dialog) => dialog.accept(reason));
  const row = wechat.locator('tr', { hasText: SHOP });
  const answered = wechat.waitForResponse((answer) => answer.url().includes('/simulator/'));
  await row.getByRole('button', { name: decision }).click();
  if (!(await answered).ok()) throw new Error(`the simulator refuses ${decision}`);
  await review(operator, reason ? 'rejected' : 'approved');
}

async function release(operator) {
  const { page, system } = operator;
  await operator.open(`/console/${system.component}/mini-programs/${SHOP}/delivery`);
  await operator.follow('发布上线');
  await operator.send('release', {}, '已发布');
}
