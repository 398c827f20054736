// Signing in to the console with a company's directory: a certified OpenID provider, as it comes from npm,
// in its own process; what a browser would do is done with fetch.
//
//     node run.mjs --binary target/debug/wechat-fleet --modules DIR
//
// DIR is where `npm ci` has installed package-lock.json.

import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import assert from 'node:assert/strict';
import { System } from '../browser/system.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({ options: { binary: text, modules: text } });
const modules = createRequire(`${options.modules}/`);
const load = async (name) => import(pathToFileURL(modules.resolve(name)).href);
const { default: Provider } = await load('oidc-provider');
const { exportJWK, generateKeyPair } = await load('jose');

const SECRET = 'only/the issuer & we: know+it';
const PEOPLE = {
  lilei: { name: '李雷', email: 'lilei@example.com', email_verified: true, groups: ['release'] },
  eve: { name: 'Eve', email: 'eve@example.com', email_verified: false, groups: [] },
};

/** The issuer, whose clients all sign with `algorithm`. */
async function issuer() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${server.address().port}`;
  const keys = [];
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    keys.push({ ...await exportJWK(privateKey), alg, use: 'sig', kid: alg });
  }
  return { server, base, keys };
}

/** Answers as `base`; `console` is where browsers are sent back to. */
function answer({ server, base, keys }, redirect, algorithm) {
  const provider = new Provider(base, {
    clients: [{
      client_id: 'wechat-fleet', client_secret: SECRET, redirect_uris: [redirect],
      grant_types: ['authorization_code'], response_types: ['code'],
      id_token_signed_response_alg: algorithm,
    }],
    jwks: { keys },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    cookies: { keys: ['test'] },
  });
  server.removeAllListeners('request');
  server.on('request', provider.callback());
}

/** A browser: cookies for each origin, redirects by hand. */
class Browser {
  cookies = new Map();

  async ask(address, form) {
    const { origin } = new URL(address);
    const jar = this.cookies.get(origin) ?? new Map();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await fetch(address, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: { cookie, 'accept-language': 'en' },
      body: form && new URLSearchParams(form),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '' || rest.some((part) => part.trim().toLowerCase() === 'max-age=0')) jar.delete(name);
      else jar.set(name, value);
    }
    return reply;
  }

  /** Follows redirects until there is a page, or an address that `stop` wants. */
  async open(address, stop = () => false, form = undefined) {
    let reply = await this.ask(address, form);
    for (let steps = 0; steps < 20; steps += 1) {
      const to = reply.headers.get('location');
      if (!to) return { address, reply, page: await reply.text() };
      address = new URL(to, address).href;
      if (stop(address)) return { address };
      reply = await this.ask(address);
    }
    throw new Error(`${address} leads nowhere`);
  }
}

/** Goes to the directory and signs in there; stops at the way back. */
async function through(browser, base, who) {
  const isBack = (address) => address.startsWith(`${base}/console/sign-in/directory?`);
  let here = await browser.open(`${base}/console/sign-in/directory/begin?next=/console/doctor`, isBack);
  while (here.page) {
    assert.equal(here.reply.status, 200, here.page);
    const action = here.page.match(/action="([^"]+)"/)[1];
    const prompt = here.page.match(/name="prompt" value="([^"]+)"/)[1];
    const form = prompt === 'login' ? { prompt, login: who, password: 'x' } : { prompt };
    here = await browser.open(new URL(action, here.address).href, isBack, form);
  }
  return here.address;
}

const running = await issuer();
process.env.OIDC_ISSUER = running.base;
process.env.OIDC_CLIENT_ID = 'wechat-fleet';
process.env.OIDC_CLIENT_SECRET = SECRET;
process.env.OIDC_ROLES = 'email:*@example.com=viewer, groups:release=releaser';
const system = await System.start(options.binary);
try {
  const redirect = `${system.base}/console/sign-in/directory`;
  const api = async (path, body) => {
    const reply = await fetch(system.base + path, {
      method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return { status: reply.status, body: await reply.json() };
  };

  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
    answer(running, redirect, algorithm);
    const browser = new Browser();
    const offered = await browser.open(`${system.base}/console/sign-in`);
    assert.match(offered.page, /sign-in\/directory\/begin/);
    const back = await through(browser, system.base, 'lilei');
    const signed = await browser.open(back);
    assert.equal(signed.reply.status, 200, signed.page);
    assert.match(signed.page, /李雷/);
    const page = await browser.open(`${system.base}/console/doctor`);
    assert.equal(page.reply.status, 200);
    assert.match(page.page, /李雷[\s\S]*Releaser/, 'the highest role of all rules that fit');
    const again = await browser.open(back);
    assert.equal(again.reply.status, 401, 'a way back leads there once');
    console.log(`${algorithm}: signed in, with the role that the groups give`);
  }

  const eve = new Browser();
  const refused = await eve.open(await through(eve, system.base, 'eve'));
  assert.equal(refused.reply.status, 401);
  assert.match(refused.page, /no role here/);
  console.log('an address that was not verified gives nobody a role');

  const victim = new Browser();
  const stolen = await through(victim, system.base, 'lilei');
  const elsewhere = await new Browser().open(stolen);
  assert.equal(elsewhere.reply.status, 401, 'another browser has not begun');
  const { searchParams } = new URL(stolen);
  const code = searchParams.get('code');
  const guess = { code, code_verifier: 'x'.repeat(43), nonce: 'y'.repeat(43) };
  const taken = await api('/v1/directory/sign-ins', guess);
  assert.equal(taken.status, 401, 'without the verifier the code is good for nothing');
  console.log('a stolen code is good for nothing');

  const keys = await (await fetch(`${system.base}/v1/keys`, {
    headers: { authorization: `Bearer ${system.key}` },
  })).json();
  const days = keys.keys.filter((key) => key.created_by === 'directory');
  assert.equal(days.length, 3);
  assert.equal(new Set(days.map((key) => key.person)).size, 1, 'one person, however often');
  const hours = (Date.parse(days[0].expires_at) - Date.parse(days[0].created_at)) / 3_600_000;
  assert.equal(hours, 8);
  console.log('each sign-in has a key for eight hours');
} finally {
  await system.stop();
  running.server.closeAllConnections();
  running.server.close();
}
