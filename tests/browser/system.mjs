// The system as `cargo run` starts it, with its API and its simulated WeChat.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The longest that most things may take that are waited for, in milliseconds. */
const PATIENCE = 60_000;

/** Asks until the answer is one; never longer than the patience. */
export async function until(what, ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 250));
  }
}

export class System {
  static async start(binary) {
    const place = mkdtempSync(join(tmpdir(), 'wechat-fleet-browser-'));
    const file = join(place, 'ready.json');
    const system = new System();
    system.place = place;
    system.log = '';
    const options = ['--listen', '127.0.0.1:0', '--data', join(place, 'data'), '--ready-file', file];
    system.process = spawn(binary, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [system.process.stdout, system.process.stderr]) {
      stream.on('data', (words) => { system.log = (system.log + words).slice(-20_000); });
    }
    await until('the local system', () => {
      if (system.process.exitCode !== null) throw new Error(`it died:\n${system.log}`);
      return existsSync(file);
    });
    const ready = JSON.parse(readFileSync(file));
    system.base = ready.base_url;
    system.wechat = ready.simulator_url;
    system.key = ready.admin_key;
    system.component = ready.components[0].appid;
    await until('the first ticket', async () => (await system.get('')).ticket);
    return system;
  }

  /** An answer of the API about the component, as JSON; nothing where there is no such thing. */
  async get(path) {
    const address = `${this.base}/v1/components/${this.component}${path}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${this.key}` } });
    return answer.status === 404 ? null : answer.json();
  }

  /** Sends something to the API, for what no page is looked at for. */
  async send(method, path, body) {
    const address = path.startsWith('/v1/') ? this.base + path
      : `${this.base}/v1/components/${this.component}${path}`;
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' };
    const answer = await fetch(address, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  /** Plays a part of WeChat's. */
  async play(verb, body) {
    const options = { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${this.wechat}/simulator/${verb}`, options);
    if (!answer.ok) throw new Error(`simulator ${verb}: ${await answer.text()}`);
    return answer.json();
  }

  async stop() {
    const ended = new Promise((end) => { this.process.once('exit', end); });
    if (this.process.exitCode === null) {
      this.process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.place, { recursive: true, force: true });
  }
}
