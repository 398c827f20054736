// Every screen, wide and on a phone, light and dark: a picture of it, no barrier that axe finds, and
// nothing wider than the window.

import { join } from 'node:path';
import { SHOP } from './journeys.mjs';

const WIDTHS = { wide: 1440, phone: 390 };

/** Where each screen is. */
export function screens(system, known) {
  const component = `/console/${system.component}`;
  const shop = `${component}/mini-programs/${SHOP}`;
  const act = (name, query) => `/console/do/${name}?component=${system.component}&appid=${SHOP}&${query}&back=${shop}`;
  const fixed = {
    'today': '/console',
    'mini-programs': `${component}/mini-programs`,
    'registrations': `${component}/registrations`,
    'registration': `${component}/registrations/${known.registration}`,
    'onboarding-board': `${component}/onboarding`,
    'onboarding-plan': `${component}/onboarding/plan`,
    'reviews': `${component}/reviews`,
    'templates': `${component}/templates`,
    'events': `${component}/events?state=done`,
    'event': `${component}/events/${known.event}`,
    'webhooks': '/console/webhooks',
    'webhook': `/console/webhooks/${known.webhook}`,
    'doctor': '/console/doctor',
    'errcodes': '/console/errcodes?code=850',
    'settings': `${component}/settings`,
    'settings-domains': `${component}/settings/domains`,
    'settings-quotas': `${component}/settings/quotas?path=%2Fcgi-bin%2Fcomponent%2Fapi_query_auth`,
    'self-test': `${component}/self-tests`,
    'self-test-result': `${component}/self-tests/${known.selfTest}`,
    'keys': '/console/keys',
    'approvals': '/console/approvals',
    'invitation': '/console/invitation',
    'audit': '/console/audit',
    'audit-parts': '/console/audit/parts?format=csv',
    'overview': shop,
    'delivery': `${shop}/delivery`,
    'checks': `${shop}/delivery?show=checks`,
    'history': `${shop}/delivery?show=history`,
    'form-release': act('release', ''),
    'form-register': act('register-company', ''),
    'form-filing': act('apply-for-filing', ''),
    'form-verification': act('begin-verification', ''),
    'form-category': act('add-category', 'categories.0.first=1'),
    'filing-codes': `${shop}/filing?list=subject-types`,
    'name-check': `${shop}/profile?name=%E5%9F%8E%E5%8D%97&category=%E9%A4%90`,
    'no-such-page': `${component}/nowhere`,
  };
  const sides = ['serving', 'timeline', 'profile', 'filing', 'verification', 'privacy', 'domains', 'testers',
    'code', 'onboarding', 'plugins', 'order-path', 'payment', 'open-account', 'punishments'];
  for (const side of sides) fixed[side] = `${shop}/${side}`;
  return { ...fixed, ...known.more };
}

/** Looks at one screen in every way; answers what is wrong with it. */
export async function look(page, system, name, path, place, axe) {
  const wrong = [];
  await page.goto(system.base + path);
  await page.evaluate(axe);
  for (const [width, pixels] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width: pixels, height: 900 });
    for (const colours of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: colours, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(place, `${name}-${width}-${colours}.png`), fullPage: true });
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (beyond > 0) wrong.push(`${name} ${width}: ${beyond} pixels wider than the window`);
      const found = await page.evaluate(() => window.axe.run());
      for (const violation of found.violations) {
        const [node] = violation.nodes;
        wrong.push(`${name} ${width} ${colours}: ${violation.id} (${violation.nodes.length}): ${node.html.slice(0, 160)} ${node.failureSummary}`);
      }
    }
  }
  return wrong;
}
