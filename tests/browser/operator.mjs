// An operator at a browser: what he clicks is counted, and what the browser complains of is kept.

export class Operator {
  constructor(page, system) {
    this.page = page;
    this.system = system;
    this.clicks = 0;
    this.complaints = [];
    page.on('console', (line) => {
      // A form that is filled in wrong is drawn again with a 422, which browsers report as well.
      const refused = /status of (401|404|409|422)/.test(line.text());
      if (line.type() === 'error' && !refused) this.complaints.push(`${page.url()}: ${line.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`${page.url()}: ${error}`));
  }

  async open(path) {
    const answer = await this.page.goto(this.system.base + path);
    if (answer.status() !== 200) throw new Error(`${path}: ${answer.status()}`);
  }

  async signIn() {
    await this.open('/console/sign-in');
    await this.page.getByLabel('登录密钥').fill(this.system.key);
    await this.page.getByRole('button', { name: '登录' }).click();
    await this.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
  }

  async click(what) {
    this.clicks += 1;
    await what.click();
  }

  /** A link by its words, within `where`. */
  async follow(words, where = this.page) {
    await this.click(where.getByRole('link', { name: words }).first());
  }

  /** The form of an action on this page. */
  form(action) {
    return this.page.locator(`form[action$="/do/${action}"]`);
  }

  /** Fills in a form by its labels and sends it by its button; waits for what is said afterwards. */
  async send(action, filled, done) {
    const form = this.form(action);
    for (const [label, value] of Object.entries(filled)) {
      const field = form.getByLabel(label, { exact: false }).first();
      if (value === true) await this.click(field);
      else if (Array.isArray(value)) await field.selectOption(value[0]);
      else await field.fill(value);
    }
    await this.click(form.locator('.buttons button'));
    if (done) await this.told(done);
  }

  /** Waits for what a page says after something was done. */
  async told(words) {
    await this.page.getByRole('status').filter({ hasText: words }).waitFor();
  }

  async sees(words) {
    await this.page.getByText(words).first().waitFor();
  }

  /** Looks at the page again until it says something; what is waited for happens elsewhere. */
  async seesSoon(words) {
    const end = Date.now() + 60_000;
    while (!(await this.page.getByText(words).first().isVisible())) {
      if (Date.now() > end) throw new Error(`${this.page.url()} never says ${words}`);
      await this.page.reload();
    }
  }
}
