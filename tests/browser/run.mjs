// The console in a browser: J1, J3 and J6 by clicking, then every screen in both widths and both colours.
//
//     node run.mjs --binary target/debug/wechat-fleet --modules DIR --pictures DIR [--chromium FILE]

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { fleet } from './fleet.mjs';
import { firstRelease, refusal } from './journeys.mjs';
import { furnish } from './furnish.mjs';
import { Operator } from './operator.mjs';
import { look, screens } from './screens.mjs';
import { System } from './system.mjs';
import { withoutScript } from './without_script.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: { binary: text, modules: text, chromium: text, pictures: text },
});
const modules = createRequire(`${options.modules}/`);
const { chromium } = modules('playwright-core');
const axe = readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');

mkdirSync(options.pictures, { recursive: true });
const began = Date.now();
const say = (words) => console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${words}`);

const system = await System.start(options.binary);
const browser = await chromium.launch({
  executablePath: options.chromium,
  // Containers are small in /dev/shm and have no namespaces for a sandbox.
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
const wrong = [];
try {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(30_000);
  const operator = new Operator(await context.newPage(), system);
  await firstRelease(operator);
  say('J1: the first release, by clicking');
  await refusal(operator);
  say('J3: refused, corrected, released, rolled back, by clicking');
  await withoutScript(browser, system);
  say('a form works without JavaScript');
  const known = await furnish(operator);
  const clicks = await fleet(operator, known);
  say(`J6: thirty mini programs, ${clicks} clicks from Today`);
  const all = Object.entries(screens(system, known));
  const left = [...all];
  const visit = async (page) => {
    for (let next = left.shift(); next; next = left.shift()) {
      wrong.push(...await look(page, system, ...next, options.pictures, axe));
    }
  };
  await Promise.all([operator.page, await context.newPage()].map(visit));
  say(`${all.length} screens, four pictures each, in ${options.pictures}`);
  wrong.push(...operator.complaints);
} catch (error) {
  const page = browser.contexts()[0]?.pages()[0];
  await page?.screenshot({ path: `${options.pictures}/failure.png`, fullPage: true });
  console.log(`at ${page?.url()}\n${system.log.slice(-3000)}`);
  throw error;
} finally {
  await browser.close();
  await system.stop();
}
for (const words of wrong) console.log(words);
if (wrong.length > 0) process.exit(1);
