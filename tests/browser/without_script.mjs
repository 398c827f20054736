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
  // Nobody is two people: what was ticked is refused, and stays ticked.
  await operator.open('/console/approvals');
  await operator.send('set-approval-policy', { '版本回退': true });
  await operator.page.getByRole('alert').waitFor();
  const ticked = await operator.form('set-approval-policy').locator('input:checked').getAttribute('value');
  if (ticked !== 'rollback') throw new Error(`what was ticked is ${ticked} now`);
  await context.close();
}
