/** The dashboard in Chromium, of a real supervisor and its real status server. */
import { createHash } from 'node:crypto';
import { type Browser, type Locator, type Page } from 'playwright-core';
import { filter, firstValueFrom, interval, lastValueFrom, NEVER, Subject, take, tap } from 'rxjs';
import { type Falsy, service, type Service, Supervisor, type SupervisorOptions } from '../../lib/index.js';
import { PAGE, SCRIPT_HASH, STYLE_HASH } from '../../lib/node/page.generated.js';
import { type Complaints, itInBrowser, launchBrowser, openPage } from './browser.js';
import { endAll, Puppet, serve, type Site } from './http.js';

const TOKEN = 'a+token/with=signs%';
const COMMANDS = { commands: { token: TOKEN } };

let browser: Browser | undefined;
let supervisor: Supervisor;
let served: Site;
let page: Page;
/** What closes what was opened. */
const opened: (() => Promise<unknown>)[] = [];
let complaints: Complaints;

jest.setTimeout(60_000);

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

afterEach(async () => {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
  await endAll();
});

interface Given extends SupervisorOptions {
  readonly server?: Parameters<typeof serve>[1];
  readonly page?: Parameters<typeof openPage>[2];
  /** After the address of the page. */
  readonly fragment?: string;
}

/** A supervisor of these services that runs, and its dashboard in a page of its own. */
async function open(services: Iterable<Service | Falsy>, given: Given = {}): Promise<void> {
  const { server, page: options, fragment = '', ...settings } = given;
  run(services, settings);
  await serveOn(server);
  await visit(fragment, options);
  await connectionSays(/^connected$/);
}

function run(services: Iterable<Service | Falsy>, settings: SupervisorOptions = {}): void {
  supervisor = new Supervisor(services, { name: 'orders', autoShutdown: 'never', restart: 60_000, ...settings });
  const running = supervisor.run();
  opened.push(async () => {
    await supervisor.shutdown();
    await running;
  });
}

async function serveOn(options?: Given['server']): Promise<void> {
  served = await serve(supervisor, options);
  const { root } = served;
  opened.push(() => root.shutdown());
}

async function visit(fragment = '', options?: Given['page']): Promise<void> {
  if (browser === undefined) throw new Error('There is no browser');
  ({ page, complaints } = await openPage(browser, served.url + fragment, options));
  const context = page.context();
  opened.push(() => context.close());
}

async function connectionSays(what: RegExp): Promise<void> {
  await page.locator('#connection').filter({ hasText: what }).waitFor();
}

function row(path: string): Locator {
  return page.locator(`#rows > tr[data-service=${JSON.stringify(path)}]`);
}

/** Waits until the service is said to be in that condition. */
async function shows(path: string, condition: string): Promise<void> {
  await row(path).locator('.status').getByText(condition, { exact: true }).waitFor();
}

function button(name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

async function visiblePaths(): Promise<(string | undefined)[]> {
  return page
    .locator('#rows > tr:not([hidden])')
    .evaluateAll((rows) => rows.map((each) => (each as HTMLElement).dataset['service']));
}

/** Waits until so many services are said to be shown. */
async function counts(text: string): Promise<void> {
  await page.locator('#shown').getByText(text, { exact: true }).waitFor();
}

describe('the page of the dashboard', () => {
  it('is one file: it names nothing that is elsewhere, and its script and its style are those of its policy', () => {
    const inlined = (element: string) => PAGE.split(`<${element}>`)[1]?.split(`</${element}>`)[0] ?? '';
    const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
    expect([hash(inlined('script')), hash(inlined('style'))]).toEqual([SCRIPT_HASH, STYLE_HASH]);
    expect(PAGE.split('</script').length).toBe(2);
    expect(PAGE).not.toMatch(/<!--| style="| on\w+="/);
    const urls = (PAGE.match(/https?:[^\s"'`)]+/g) ?? []).filter((url) => url !== 'http://www.w3.org/2000/svg');
    expect(urls).toEqual([]);
    expect(PAGE.match(/(?:src|href)="[^"]{0,18}/g)).toEqual(['href="data:image/svg+xml', 'href="#events']);
  });
});

describe('the dashboard', () => {
  itInBrowser('shows each change of status, as a word, and counts the services of each', async () => {
    const db = new Puppet('db');
    const warm = new Puppet('warm', { readyOn: 'value' });
    await open([db.service, warm.service, service('done', () => [1], { restart: 'never' }), service('api', NEVER)]);
    await shows('db', 'running');
    await shows('warm', 'starting');
    await shows('done', 'stopped');
    await button('running 2').waitFor();
    expect(await page.title()).toBe('orders');

    warm.emit();
    await shows('warm', 'running');
    db.fail(new Error('gone'));
    await shows('db', 'waiting');
    await button('running 2').waitFor();
    await button('waiting 1').waitFor();
    await page.waitForFunction(() => document.title === '(1 down) orders');

    await supervisor.start('db');
    await shows('db', 'running');
    expect(await row('db').locator('.restarts').textContent()).toBe('1');
    await page.waitForFunction(() => document.title === 'orders');
    expect(complaints).toEqual({ dialogs: [], errors: [] });
  });

  itInBrowser('shows a service that takes its time to stop, and one that failed for good', async () => {
    const released$ = new Subject<void>();
    // a promise is given its grace
    const slow = service('slow', () => firstValueFrom(released$, { defaultValue: undefined }));
    const job = new Puppet('job', { restart: 'never' });
    await open([slow, job.service]);
    const stopping = supervisor.stop('slow');
    await shows('slow', 'stopping');
    released$.complete();
    await stopping;
    await shows('slow', 'stopped');
    job.fail(new Error('gone'));
    await shows('job', 'failed');
  });

  itInBrowser('shows services that come and go', async () => {
    await open([service('api', NEVER)]);
    await counts('1 service');
    supervisor.add(service('db', NEVER));
    await shows('db', 'running');
    await counts('2 services');
    await supervisor.remove('api');
    await counts('1 service');
    expect(await visiblePaths()).toEqual(['db']);
  });

  itInBrowser('shows a tree, in which supervisors can be folded', async () => {
    const inner = new Supervisor([service('pool', NEVER), service('index', NEVER)], { name: 'db', restart: 60_000 });
    const storage = new Supervisor([inner, service('cache', NEVER)], { name: 'storage', restart: 60_000 });
    await open([service('api', NEVER), storage, service('mailer', NEVER)]);
    const all = ['api', 'storage', 'storage/db', 'storage/db/pool', 'storage/db/index', 'storage/cache', 'mailer'];
    await shows('mailer', 'running');
    expect(await visiblePaths()).toEqual(all);
    const left = async (path: string) => (await row(path).locator('.name').boundingBox())?.x ?? NaN;
    expect(await left('storage/db/pool')).toBeGreaterThan(await left('storage/cache'));
    expect(await left('storage/cache')).toBeGreaterThan(await left('api'));

    const fold = button('Services of storage/db');
    expect(await fold.getAttribute('aria-expanded')).toBe('true');
    await fold.click();
    await row('storage/db/pool').waitFor({ state: 'hidden' });
    expect(await fold.getAttribute('aria-expanded')).toBe('false');
    expect(await visiblePaths()).toEqual(['api', 'storage', 'storage/db', 'storage/cache', 'mailer']);
    supervisor.add(service('late', NEVER));
    await shows('late', 'running');
    expect(await row('storage/db/pool').isVisible()).toBe(false);
    await fold.click();
    await row('storage/db/pool').waitFor();
  });

  itInBrowser('counts down to the next restart, and up from the last, by the clock of the server', async () => {
    const db = new Puppet('db');
    await open([db.service, service('api', NEVER)], {
      page: {
        before: () => {
          const { now } = Date;
          Date.now = () => now() - 7_200_000;
        },
      },
    });
    const since = row('db').locator('.since');
    db.fail(new Error('gone'));
    await since.getByText(/^restart in (1m 0|5\ds)/).waitFor();
    const before = await since.textContent();
    await page.waitForFunction(
      (text) => document.querySelector('[data-service=db] .since')?.textContent !== text,
      before,
    );
    expect(await since.textContent()).toMatch(/^restart in 5\ds$/);
    await row('api')
      .locator('.since')
      .getByText(/^up [1-9]\d*s$/)
      .waitFor();
  });

  itInBrowser(
    'shows the last error in a line, and its causes where it is opened, also while it fails again',
    async () => {
      const db = new Puppet('db', { restart: 0 });
      const root = new TypeError('refused', { cause: new Error('ECONNREFUSED') });
      const error = () =>
        new Error('no replica', { cause: new AggregateError([new Error('node a'), root], 'none left') });
      await open([db.service], { server: { stacks: true } });
      db.fail(error());
      const details = row('db').locator('details');
      await details.getByText('Error: no replica').waitFor();
      expect(await details.getByText('caused by Error: ECONNREFUSED').count()).toBe(0);

      await details.locator('summary').click();
      for (const text of [
        'caused by AggregateError: none left',
        'Error: node a',
        'TypeError: refused',
        'caused by Error: ECONNREFUSED',
      ]) {
        await details.getByText(text, { exact: true }).waitFor();
      }
      expect(await details.locator('pre').first().textContent()).toMatch(/^at .*dashboard\.spec\.ts/);
      await details.evaluate((each) => {
        each.setAttribute('data-same', 'yes');
      });
      db.fail(new Error('another', { cause: 'a string' }));
      await details.getByText('caused by string: a string', { exact: true }).waitFor();
      await details.getByText('ECONNREFUSED').waitFor({ state: 'detached' });
      expect(await details.getAttribute('data-same')).toBe('yes');
      expect(await details.evaluate((each) => (each as HTMLDetailsElement).open)).toBe(true);
    },
  );

  itInBrowser('shows no stacks where the server does not tell them', async () => {
    const db = new Puppet('db');
    await open([db.service]);
    db.fail(new Error('gone', { cause: new Error('root') }));
    await row('db').locator('summary').click();
    await row('db').getByText('caused by Error: root').waitFor();
    expect(await row('db').locator('pre').count()).toBe(0);
  });

  itInBrowser('lets a crash loop be seen in the strip', async () => {
    const loop = new Puppet('loop', { restart: 0 });
    await open([loop.service, service('calm', NEVER)]);
    await shows('calm', 'running');
    for (let crash = 1; crash <= 3; crash++) {
      loop.fail(new Error(`crash ${crash}`));
      await row('loop').locator('.restarts').getByText(String(crash), { exact: true }).waitFor();
    }
    await page.getByRole('img', { name: /^3 crashes in the last 5 minutes/ }).waitFor();
    const seen = async (path: string, kind: string) =>
      row(path)
        .locator(`path[data-kind=${kind}]`)
        .evaluateAll((paths) =>
          paths.map((each) => getComputedStyle(each)[each.getAttribute('data-kind') === 'crash' ? 'stroke' : 'fill']),
        );
    const [crash] = await seen('loop', 'crash');
    expect(await row('loop').locator('path[data-kind=crash]').getAttribute('d')).toMatch(/^M-?[\d.]+ 0V20/);
    expect(crash).toMatch(/^rgb/);
    expect(await seen('calm', 'running')).toHaveLength(1);
    expect(await seen('calm', 'crash')).toEqual([]);
    await row('calm').getByRole('img', { name: '0 crashes in the last 5 minutes, up 100% of the time' }).waitFor();
  });

  itInBrowser('knows the history of what happened before it was opened', async () => {
    const db = new Puppet('db', { restart: 0 });
    run([db.service]);
    await serveOn();
    db.fail(new Error('early'));
    await supervisor.start('db');
    await visit();
    await page.getByRole('img', { name: /^1 crash in the last/ }).waitFor();
    await page.getByRole('log').getByText('Error: early').waitFor();
    await row('db').getByText('Error: early').waitFor();
  });

  itInBrowser('keeps a log of the latest events, the newest first', async () => {
    const db = new Puppet('db', { restart: 0 });
    await open([db.service]);
    const items = page.getByRole('log').getByRole('listitem');
    for (let crash = 1; crash <= 110; crash++) {
      db.fail(new Error(`crash ${crash}`));
      await supervisor.start('db');
    }
    await items.getByText('Error: crash 110').waitFor();
    expect(await items.count()).toBe(200);
    expect(await items.nth(0).textContent()).toMatch(/^\d\d:\d\d:\d\d running db/);
    expect(await items.nth(1).textContent()).toMatch(/^\d\d:\d\d:\d\d failed db Error: crash 110$/);
    // not said aloud, event by event
    expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
    await page
      .getByRole('status')
      .getByText(/^1 service: 1 (running|waiting)\.$/)
      .waitFor();
  });
});

describe('the filters of the dashboard', () => {
  itInBrowser('show what has a name, and what is in a condition', async () => {
    const [db, cache] = [new Puppet('db'), new Puppet('cache')];
    await open([
      service('api', NEVER),
      new Supervisor([db.service, cache.service], { name: 'storage', restart: 60_000 }),
    ]);
    await counts('4 services');
    await page.getByLabel('Filter', { exact: true }).fill('STORAGE/');
    await counts('2 of 4 services');
    await page.getByRole('status').getByText('2 of 4 services').waitFor();
    expect(await visiblePaths()).toEqual(['storage/db', 'storage/cache']);
    // a flat list of whole paths
    await row('storage/db').getByText('storage/db', { exact: true }).waitFor();

    db.fail(new Error('gone'));
    await shows('storage/db', 'waiting');
    await button('waiting 1').click();
    await counts('1 of 4 services');
    expect(await visiblePaths()).toEqual(['storage/db']);
    expect(await button('waiting 1').getAttribute('aria-pressed')).toBe('true');
    cache.fail(new Error('gone'));
    await counts('2 of 4 services');
    await button('running 2').click();
    await page.getByLabel('Filter', { exact: true }).fill('');
    await counts('4 of 4 services');
    await button('waiting 2').click();
    await counts('2 of 4 services');
    expect(await visiblePaths()).toEqual(['api', 'storage']);
    await page.getByLabel('Filter', { exact: true }).fill('nothing like it');
    await page.getByText('No service is called that, or is in that state.').waitFor();
  });
});

describe('the commands of the dashboard', () => {
  itInBrowser('are not there where the server takes none', async () => {
    await open([service('api', NEVER)]);
    await shows('api', 'running');
    expect(await page.getByRole('button', { name: /^(restart|stop|start) / }).count()).toBe(0);
    expect(await page.locator('[data-command]').count()).toBe(0);
    expect(await page.getByRole('columnheader', { name: 'Commands' }).count()).toBe(0);
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
  });

  itInBrowser('are sent with the token of the address, which is then gone from it, and kept for the tab', async () => {
    await open([service('api', NEVER)], { server: COMMANDS, fragment: `#token=${encodeURIComponent(TOKEN)}` });
    expect(page.url()).toBe(served.url);
    await button('restart api').click();
    await row('api').locator('.restarts').getByText('1', { exact: true }).waitFor();
    await page.getByText('restart api: done.').waitFor();
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
    await page.reload();
    await button('restart api').click();
    await row('api').locator('.restarts').getByText('2', { exact: true }).waitFor();
  });

  itInBrowser('reach services whose names are no part of an address', async () => {
    const odd = 'a b?#%&"';
    await open([new Supervisor([service(odd, NEVER)], { name: 'ü' })], {
      server: COMMANDS,
      fragment: `#token=${encodeURIComponent(TOKEN)}`,
    });
    await button(`restart ü/${odd}`).click();
    await row(`ü/${odd}`).locator('.restarts').getByText('1', { exact: true }).waitFor();
  });

  itInBrowser(
    'ask for the token where there is none, and again where it is wrong, and are then carried out',
    async () => {
      await open([service('api', NEVER)], { server: COMMANDS });
      await button('restart api').click();
      const token = page.getByLabel('Token');
      await page.getByText('restart api needs it.', { exact: true }).waitFor();
      expect(await token.evaluate((input) => input === document.activeElement)).toBe(true);
      await page.keyboard.type('not it');
      await page.keyboard.press('Enter');
      await page.getByText('This was not the token. restart api needs it.').waitFor();
      expect(supervisor.statuses().get('api')?.restarts).toBe(0);
      await token.fill(TOKEN);
      await button('Use').click();
      await row('api').locator('.restarts').getByText('1', { exact: true }).waitFor();
      expect(await token.isVisible()).toBe(false);
      expect(complaints).toEqual({ dialogs: [], errors: [] });
    },
  );

  itInBrowser('are enabled by the condition of the service', async () => {
    const db = new Puppet('db');
    await open([db.service], { server: COMMANDS, fragment: `#token=${encodeURIComponent(TOKEN)}` });
    const sent: string[] = [];
    page.on('request', (request) => sent.push(new URL(request.url()).pathname));
    const enabled = async () => {
      const names = ['restart db', 'stop db', 'start db'];
      return Promise.all(names.map((name) => button(name).isEnabled()));
    };
    await shows('db', 'running');
    expect(await enabled()).toEqual([true, true, false]);
    db.fail(new Error('gone'));
    await shows('db', 'waiting');
    expect(await enabled()).toEqual([false, true, true]);
    await button('stop db').click();
    await shows('db', 'stopped');
    expect(await enabled()).toEqual([false, false, true]);
    // what is pressed keeps the focus, also where it is no longer enabled, and then does nothing
    expect(await button('stop db').evaluate((each) => each === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await button('start db').click();
    await shows('db', 'running');
    expect(sent).toEqual(['/services/db/stop', '/services/db/start']);
  });

  itInBrowser('say why where they fail', async () => {
    await open([service('api', NEVER)], { server: COMMANDS, fragment: `#token=${encodeURIComponent(TOKEN)}` });
    await supervisor.shutdown();
    await shows('api', 'stopped');
    await button('start api').click();
    await page.getByRole('alert').getByText(`start api: Supervisor 'orders' is not running, or is stopping`).waitFor();
    await button('Dismiss').click();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
  });
});

describe('markup in what the dashboard shows', () => {
  itInBrowser('is text', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const evil = new Puppet(name);
    await open([evil.service], { name: '<b>orders', server: { ...COMMANDS, stacks: true } });
    const cause = new Error('</div><script>alert(3)</script>');
    evil.fail(Object.assign(new Error('<svg onload=alert(2)>', { cause }), { name: '<i>Error', stack: '<u>stack' }));
    await shows(name, 'waiting');
    await page.getByRole('rowheader', { name }).waitFor();
    await row(name).locator('summary').click();
    await row(name).getByText('<i>Error: <svg onload=alert(2)>').waitFor();
    await row(name).getByText('<u>stack').waitFor();
    await row(name).getByText('caused by Error: </div><script>alert(3)</script>').waitFor();
    await page.getByRole('log').getByText('<svg onload=alert(2)>').waitFor();
    await page.getByRole('heading', { name: '<b>orders' }).waitFor();
    expect(await page.locator('img:not([role]), i, u, script:not(:last-of-type), h1 *, svg[onload]').count()).toBe(0);
    expect(complaints).toEqual({ dialogs: [], errors: [] });
  });
});

describe('the connection of the dashboard', () => {
  itInBrowser('is said to be lost, and comes back by itself when the server does', async () => {
    const db = new Puppet('db', { restart: 0 });
    await open([db.service]);
    const { port } = served;
    await served.root.shutdown();
    await connectionSays(/^lost since \d\d:\d\d:\d\d, reconnecting/);
    expect(await page.title()).toBe('(no connection) orders');
    db.fail(new Error('while nobody looked'));
    await serveOn({ port });
    await connectionSays(/^connected$/);
    await row('db').getByText('Error: while nobody looked').waitFor();
    db.fail(new Error('afterwards'));
    await row('db').getByText('Error: afterwards').waitFor();
    supervisor.add(service('late', NEVER));
    await shows('late', 'running');
  });

  itInBrowser('is made anew where the server refuses it for a while', async () => {
    await open([service('api', NEVER)]);
    await page.route('**/events', (route) => route.fulfill({ status: 503 }), { times: 2 });
    const { port } = served;
    await served.root.shutdown();
    await connectionSays(/^lost since/);
    await serveOn({ port });
    await connectionSays(/^connected$/);
    await shows('api', 'running');
  });
});

describe('the layout of the dashboard', () => {
  async function crowd(given: Given): Promise<void> {
    const [long, waits] = [
      new Puppet('a-service-with-a-name-that-is-much-longer-than-anybody-would-want'),
      new Puppet('waits'),
    ];
    const inner = new Supervisor([service('pool', NEVER), waits.service], { name: 'db', restart: 60_000 });
    const job = new Puppet('job', { restart: 'never' });
    const warm = service('warm', NEVER, { readyOn: 'ready' });
    await open([long.service, inner, job.service, warm, service('done', () => [1], { restart: 'never' })], {
      name: 'orders'.repeat(30),
      ...given,
    });
    long.fail(new Error('word'.repeat(60), { cause: new Error(`https://example.test/${'path/'.repeat(40)}`) }));
    waits.fail(new Error('gone'));
    job.fail(new Error('gone'));
    await shows('job', 'failed');
    await row('db/waits').locator('summary').click();
    await page.locator('details').first().locator('summary').click();
    await page.locator('.causes p').first().waitFor();
  }

  itInBrowser.each([360, 768, 1440])('fits into %d px', async (width) => {
    await crowd({ server: COMMANDS, page: { viewport: { width, height: 800 } } });
    const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
    expect(sizes[0]).toBeLessThanOrEqual(sizes[1]);
    for (const name of ['restart db/pool', 'Use', 'failed 1']) {
      const box = await button(name).boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? NaN) + (box?.width ?? NaN)).toBeLessThanOrEqual(width);
    }
  });

  itInBrowser.each(['light', 'dark'] as const)(
    'has contrast enough for all of its text where it is %s',
    async (scheme) => {
      await crowd({ server: COMMANDS, page: { colorScheme: scheme } });
      await button('running 2').click();
      await button('running 2').click();
      await button('restart db').click();
      await page.getByText('restart db needs it.').waitFor();
      const texts = await page.evaluate(contrasts);
      expect(texts.length).toBeGreaterThan(60);
      for (const word of ['failed', 'waiting', 'starting', 'running', 'stopped', 'connected', 'restart', 'Uptime']) {
        expect(texts.map(({ text }) => text)).toContain(word);
      }
      expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(Number(/\d+/.exec(background)?.[0]) > 128).toBe(scheme === 'light');
    },
  );
});

/** Contrast of each text of the page with what is behind it, as WCAG 2 has it. Runs in the page. */
function contrasts(): { text: string; contrast: number }[] {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: number[]): number => {
    const [red = 0, green = 0, blue = 0] = colour
      .map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (element: Element | null): number[] => {
    if (element === null) return [255, 255, 255];
    const colour = channels(getComputedStyle(element).backgroundColor);
    return colour.length === 4 && colour[3] === 0 ? background(element.parentElement) : colour;
  };
  const found: { text: string; contrast: number }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (element === null || text === '' || !element.checkVisibility() || element.closest('script, style') !== null)
      continue;
    const [one, other] = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))];
    found.push({ text, contrast: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) });
  }
  return found;
}

describe('the dashboard by keyboard', () => {
  itInBrowser('is reached part by part, in the order in which it is read', async () => {
    const db = new Puppet('db');
    await open([new Supervisor([db.service], { name: 'storage', restart: 60_000 })], {
      server: COMMANDS,
      fragment: `#token=${encodeURIComponent(TOKEN)}`,
    });
    db.fail(new Error('gone', { cause: new Error('root') }));
    await row('storage/db').locator('summary').waitFor();
    const reached: string[] = [];
    for (let presses = 0; presses < 18; presses++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => {
          const { activeElement: element } = document;
          const style = element === null ? undefined : getComputedStyle(element);
          const name = element?.getAttribute('aria-label') ?? element?.id ?? '';
          return `${name !== '' ? name : (element?.textContent ?? '')}${style?.outlineStyle === 'solid' ? '' : ' (no outline)'}`;
        }),
      );
    }
    expect(reached.map((each) => each.replace(/\d\d:\d\d:\d\d/, 'time').trim())).toEqual([
      'Skip to the events',
      'filter',
      ...['failed 0', 'waiting 1', 'starting 0', 'running 1', 'stopping 0', 'stopped 0', 'idle 0'],
      ...['Services of storage', 'restart storage', 'stop storage', 'start storage'],
      ...['time Error: gone', 'restart storage/db', 'stop storage/db', 'start storage/db'],
      'events',
    ]);
  });

  itInBrowser('opens an error, filters and commands', async () => {
    const db = new Puppet('db');
    await open([db.service], { server: COMMANDS, fragment: `#token=${encodeURIComponent(TOKEN)}` });
    db.fail(new Error('gone', { cause: new Error('root') }));
    await row('db').locator('summary').focus();
    await page.keyboard.press('Enter');
    await row('db').getByText('caused by Error: root').waitFor();
    await button('start db').focus();
    await page.keyboard.press('Space');
    await shows('db', 'running');
    expect(await button('start db').evaluate((each) => each === document.activeElement)).toBe(true);
    await button('running 1').focus();
    await page.keyboard.press('Enter');
    await counts('1 of 1 service');
  });
});

describe('the dashboard of 1,000 services', () => {
  itInBrowser('keeps up with 200 events a second', async () => {
    const puppets: Puppet[] = Array.from(
      { length: 1_000 },
      (_, index) => new Puppet(`service-${index}`, { restart: 0 }),
    );
    await open(
      puppets.map((each) => each.service),
      {
        page: {
          before: () => {
            const tasks: number[] = [];
            Object.assign(globalThis, { tasks });
            new PerformanceObserver((list) => {
              tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
            }).observe({ type: 'longtask' });
          },
        },
      },
    );
    await counts('1000 services');
    await page.waitForFunction(() => document.querySelectorAll('#rows > tr').length === 1_000);
    const atFirst = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks.splice(0));
    // a failure and a start, 100 times a second
    const crashes$ = interval(50).pipe(
      take(60),
      tap((turn) => {
        for (let each = 0; each < 5; each++)
          puppets[(turn * 37 + each * 211) % 1_000]?.fail(new Error(`in turn ${turn}`));
      }),
    );
    await lastValueFrom(crashes$, { defaultValue: undefined });
    await firstValueFrom(
      supervisor.statuses$.pipe(
        filter((statuses) => [...statuses.values()].every(({ status }) => status === 'running')),
      ),
      { defaultValue: undefined },
    );
    const expected = Array.from(supervisor.statuses().values(), ({ restarts }) => String(restarts));
    await page.waitForFunction(
      (texts) =>
        [...document.querySelectorAll('#rows .restarts')].every((cell, index) => cell.textContent === texts[index]),
      expected,
    );
    expect(expected.reduce((sum, each) => sum + Number(each), 0)).toBe(300);
    await button('running 1000').waitFor();
    const later = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks);
    if (process.env['REPORT'] === '1')
      process.stderr.write(`long tasks (ms): first ${String(atFirst)}; later ${String(later)}\n`);
    expect(Math.max(0, ...atFirst, ...later)).toBeLessThan(2_000);
    expect(complaints.errors).toEqual([]);
  });
});
