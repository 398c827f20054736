// The pages with JavaScript switched off.

import { SHOP } from './journeys.mjs';
import { Operator } from './operator.mjs';

/** Signs in, is told what is wrong with a form at its fields, and sends it right. */
export async function withoutScript(browser, system) {
  const context = await browser.newContext({ locale: 'zh-CN', javaScriptEnabled: false });
  const operator = new Operator(await context.newPage(), system);
  await operator.signIn();
  await operator.open(`/console/${system.component}/mini-programs/${SHOP}/testers`);
  await operator.send('bind-tester', { '微信号': 'a' .repeat(200) });
  await operator.page.locator('[aria-invalid=true]').waitFor();
  await operator.send('bind-tester', { '微信号': 'second_tester' }, '体验者已添加');
  await context.close();
}
