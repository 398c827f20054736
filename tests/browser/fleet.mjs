// J6 in small: thirty mini programs are given a version, from Today on, with every click counted.

import { until } from './system.mjs';

/** As many clicks as it may take, fields that are filled in counted among them. */
const MOST = 10;

/** Thirty reviews take a few ticks of the clock, in milliseconds. */
const WHILE = 300_000;

export async function fleet(operator, known) {
  const { page, system } = operator;
  await operator.open('/console');
  operator.clicks = 0;
  await operator.click(page.locator('nav.menu a[href$="/rollouts"]'));
  await operator.click(page.locator('a[href$="/rollouts/new"]').first());
  await operator.follow('全部已授权的小程序');
  // The last wave alone, which is everybody: in a test nobody waits an hour after each.
  for (const wave of [1, 2, 3, 4]) {
    operator.clicks += 1;
    await page.locator(`[name="wave-${wave}-size"]`).fill('');
  }
  await operator.click(page.getByRole('button', { name: '生成方案' }));
  const start = operator.form('start-rollout');
  await start.waitFor();
  await operator.click(start.getByRole('button'));
  await operator.told('已开始');
  const { clicks } = operator;
  if (clicks > MOST) throw new Error(`a rollout takes ${clicks} clicks`);

  const id = page.url().match(/rollouts\/(\w+)/)[1];
  const decided = new Set();
  await until('the rollout', async () => {
    const { state } = await system.get(`/rollouts/${id}`);
    if (state === 'paused') throw new Error(`the rollout is paused: ${JSON.stringify(await system.get(`/rollouts/${id}/triage`))}`);
    const { targets } = await system.get(`/rollouts/${id}/targets?limit=100`);
    for (const target of targets) {
      if (target.state !== 'in-review' || decided.has(target.appid)) continue;
      decided.add(target.appid);
      await system.play('approve', { appid: target.appid });
    }
    return state === 'finished';
  }, WHILE);
  await page.reload();
  const { targets } = await system.get(`/rollouts/${id}/targets?limit=100`);
  const released = targets.filter((it) => it.state === 'released');
  if (released.length < known.shops.length) throw new Error(`${released.length} were released`);
  const here = `/console/${system.component}/rollouts`;
  Object.assign(known.more, {
    'rollouts': here,
    'rollout-new': `${here}/new`,
    'rollout-form': `${here}/new?query=%7B%22authorized%22%3Atrue%7D`,
    'rollout': `${here}/${id}`,
    'rollout-targets': `${here}/${id}/targets`,
    'rollout-triage': `${here}/${id}/triage`,
    'rollout-left-out': `${here}/${id}/left-out`,
  });
  return clicks;
}
