import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startCloud } from '../../../src/standin/cloud/server.ts';
import { type AgentSocket, connectionReport, goOnline } from './agent-socket.ts';
import { admin, claim, newCloud, newDirectory, recordedId, request, room, type TestCloud } from './test-cloud.ts';

// Debian's; playwright-core brings no browser of its own.
const executablePath = '/usr/bin/chromium';
const isThere = existsSync(executablePath);
if (!isThere)
  console.error(`The page of the Cloud is NOT tested in a browser: ${executablePath} is missing (apt install chromium).`);

const screenshots = join(import.meta.dirname, '../../../test-output/screenshots');
const root = `/agent/${recordedId}`;

describe.skipIf(!isThere)('the page in Chromium', { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] }); // root has no sandbox
    await mkdir(screenshots, { recursive: true });
  });
  afterAll(() => browser?.close());

  /** A page at the Cloud that is held to its promises when the test is over: nothing from elsewhere, no error, nothing that the policy forbids. */
  async function openPage(cloud: { url: string }, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1200, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const mistakes = await watchForMistakes(context, page, cloud.url);
    onTestFinished(async () => {
      await context.close();
      expect(mistakes).toEqual([]);
    });
    await page.goto(`${cloud.url}/`);
    return page;
  }

  async function openSignedIn(cloud: TestCloud, options?: BrowserContextOptions): Promise<Page> {
    const page = await openPage(cloud, options);
    await page.getByLabel('Password').fill(cloud.first.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Spaces' }).waitFor();
    return page;
  }

  it('signs in with the right password, stays so when it is loaded again, and signs out', async () => {
    const cloud = await newCloud();
    const page = await openPage(cloud);
    await page.getByText('This is a stand-in for Netdata Cloud.').waitFor();
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The name or the password is wrong.').waitFor();
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await page.screenshot({ path: join(screenshots, 'sign-in.png') });

    await page.getByLabel('Password').fill(cloud.first.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Signed in as admin').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Spaces' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('gives the command that connects a node, and shows each step of the node that comes', async () => {
    const cloud = await newCloud();
    const page = await openSignedIn(cloud, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('link', { name: 'Recorded' }).click();
    await page.getByText('No node is in this space yet.').waitFor();
    await page.getByRole('link', { name: 'Connect nodes' }).first().click();
    await page.getByLabel('Proxy').fill('socks5h://203.0.113.0:1080');
    await page.getByRole('button', { name: 'Make the command' }).click();
    await page.getByText('It expires in 24 h').waitFor();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copy' }).getByText('Copied').waitFor();
    const line = String(await page.evaluate('navigator.clipboard.readText()'));
    const [token = ''] = /[0-9a-f]{64}/.exec(line) ?? [];
    expect(line).toBe(
      `kickstart --claim-token ${token} --claim-rooms ${room} --claim-url ${cloud.url} --claim-proxy socks5h://203.0.113.0:1080 --ca-file ${cloud.caFile}`,
    );
    await page.getByLabel('Docker: Compose').check();
    await page.getByText(`- NETDATA_CLAIM_TOKEN=${token}`).waitFor();
    await page.getByText('Waiting for the node.').waitFor();

    expect((await claim(cloud, { token: 'wrong' })).status).toBe(403);
    await page.getByText('A claim from 127.0.0.1 was refused with status 403.').waitFor();
    expect((await claim(cloud, { token })).status).toBe(204);
    await page.getByRole('listitem').filter({ hasText: 'vm' }).getByText('Never connected').waitFor();
    await page.getByText('Not there yet').waitFor();
    await connectAgent(cloud);
    await page.getByText(/^From the claim to the first data: [\d.]+ m?s$/).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'vm' }).getByText('Online', { exact: true }).first().waitFor();
    expect((await page.locator('.steps li').allTextContents()).map(plain)).toEqual([
      '✓ Claimed done',
      '✓ First request: where to connect after N',
      '✓ Challenge under its key after N',
      '✓ Challenge solved, password given after N',
      '✓ Online after N',
      '✓ Node id after N',
      '✓ First data after N',
    ]);
    await page.screenshot({ path: join(screenshots, 'connect-nodes.png'), fullPage: true });
    await page.reload();
    await page.getByRole('heading', { name: 'Connect nodes' }).waitFor();
    expect(await page.content()).not.toContain(token);
  });

  it('shows a node as it is, what happened to it, and what it answers', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const page = await openSignedIn(cloud);
    await page.getByRole('link', { name: 'Recorded' }).click();
    const row = page.getByRole('row').filter({ hasText: 'vm' });
    await row.getByText('Never connected').waitFor();
    const agent = await connectAgent(cloud);
    await row.getByText('MQTT 5 over secure WebSocket').waitFor();
    await row.getByText('Online', { exact: true }).waitFor();
    await page.screenshot({ path: join(screenshots, 'space.png') });

    await row.getByRole('link', { name: 'vm' }).click();
    await page.getByText('It has not been asked yet.').waitFor();
    await page.getByRole('button', { name: 'Ask' }).click();
    await answerQuery(agent, '{"version":"v1.37.1","<b>":"</code>"}');
    await page.getByText('"version": "v1.37.1"').waitFor();
    await page.getByText(': status 200 after').waitFor();
    await page.screenshot({ path: join(screenshots, 'node.png'), fullPage: true });

    agent.destroy();
    await page.getByText('Offline: its connection broke', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByText('The node is not online.').waitFor();
    await page.getByRole('button', { name: 'Remove this node' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave it' }).click();
    await page.getByRole('button', { name: 'Remove this node' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('Removed by an administrator').waitFor();
    expect(await page.getByRole('button', { name: 'Ask' }).count()).toBe(0);
    expect(JSON.parse((await admin(cloud, 'GET', 'nodes')).body).nodes).toEqual([]);
  });

  it('moves a node to other rooms, and makes, renames and removes them', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const page = await openSignedIn(cloud);
    await page.getByRole('link', { name: 'Recorded' }).click();
    await page.getByText('Change this space').click();
    await page.getByLabel('A new room').fill('<Databases>');
    await page.getByRole('button', { name: 'Add the room' }).click();
    await page.getByRole('link', { name: '<Databases> (0)' }).waitFor();
    await page.getByRole('link', { name: 'vm' }).click();
    await page.getByLabel('All nodes').uncheck();
    await page.getByLabel('<Databases>').check();
    await page.getByRole('button', { name: 'Move it' }).click();
    await page.getByText('Now in one room').waitFor();
    await page.getByRole('link', { name: 'Recorded' }).click();
    await page.getByRole('link', { name: '<Databases> (1)' }).click();
    await page.getByRole('row').filter({ hasText: 'vm' }).waitFor();
    await page.getByText('Change this space').click();
    await page.getByRole('button', { name: 'Remove this room' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
    await page.getByRole('link', { name: 'The whole space (1)' }).waitFor();
    await page.getByRole('link', { name: /Databases/ }).waitFor({ state: 'detached' });
  });

  it('shows a claim token once, and makes one no longer good', async () => {
    const cloud = await newCloud();
    const page = await openSignedIn(cloud);
    await page.getByRole('link', { name: 'Recorded' }).click();
    await page.getByRole('link', { name: 'Claim tokens' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Of the test');
    await page.getByLabel('For how many nodes at most').fill('2');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const token = await page.getByLabel('The claim token', { exact: true }).textContent();
    expect((await claim(cloud, { token })).status).toBe(204);
    const row = page.getByRole('row').filter({ hasText: 'Of the test' });
    await row.getByText('1 of 2').waitFor();

    await row.getByRole('button', { name: 'Regenerate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Regenerate it' }).click();
    await row.getByText('0 of 2').waitFor();
    const next = await page.getByLabel('The claim token', { exact: true }).textContent();
    expect(next).not.toBe(token);
    expect((await claim(cloud, { token })).status).toBe(403);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke it' }).click();
    await row.getByText('Revoked').waitFor();
    await page.screenshot({ path: join(screenshots, 'claim-tokens.png') });
    expect((await claim(cloud, { token: next })).status).toBe(403);
    await page.reload();
    await row.waitFor();
    expect(await page.content()).not.toContain(next);
  });

  it('can be used with the keyboard alone', async () => {
    const cloud = await newCloud();
    const page = await openPage(cloud);
    const focused = () => page.evaluate('document.activeElement.textContent || document.activeElement.id');
    const tabTo = async (name: string) => {
      for (let count = 0; count < 30; count++) {
        if ((await focused()) === name) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`The keyboard does not reach ${name}.`);
    };
    await page.getByLabel('Password').waitFor();
    await page.keyboard.press('Tab');
    await tabTo('password');
    await page.keyboard.type(cloud.first.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Spaces' }).waitFor();
    await page.keyboard.press('Tab');
    await tabTo('Recorded');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Recorded', level: 1 }).waitFor();
    await tabTo('Connect nodes');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Connect nodes' }).waitFor();
    await tabTo('Make the command');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Paste this' }).waitFor();
    await expect.poll(focused).toBe('Paste this');
    await tabTo('Claim tokens');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Claim tokens' }).waitFor();
    await tabTo('Revoke');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('Revoke');
  });

  it.each([
    { name: 'light', colorScheme: 'light' },
    { name: 'dark', colorScheme: 'dark' },
  ] as const)('fits a small screen, $name', async ({ name, colorScheme }) => {
    const cloud = await newCloud();
    await claim(cloud, { node: { id: recordedId, hostname: `node-with-a-name-that-is-${'very-'.repeat(12)}long` } });
    await connectAgent(cloud);
    const page = await openSignedIn(cloud, { viewport: { width: 320, height: 640 }, colorScheme });
    const spaceId = JSON.parse((await admin(cloud, 'GET', 'spaces')).body).spaces[0].id;
    const views = {
      spaces: '#/',
      space: `#/spaces/${spaceId}`,
      connect: `#/spaces/${spaceId}/connect`,
      tokens: `#/spaces/${spaceId}/tokens`,
      node: `#/nodes/${recordedId}`,
    };
    for (const [view, hash] of Object.entries(views)) {
      await page.goto(`${cloud.url}/${hash}`);
      await page.locator('main h1').waitFor();
      await page.screenshot({ path: join(screenshots, `small-${name}-${view}.png`), fullPage: true });
      expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(320);
      expect(await lowContrasts(page), view).toEqual([]);
    }
  });

  it('goes on by itself after the Cloud was started again, still signed in', async () => {
    const dataDirectory = await newDirectory();
    const start = (port: number) => startCloud({ host: '127.0.0.1', port, dataDirectory });
    const before = await start(0);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(before.url);
    await page.getByLabel('Password').fill(before.first?.password ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    await before.close();
    await page.getByText('Not live').waitFor();
    const after = await start(Number(new URL(before.url).port));
    onTestFinished(() => after.close());
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Signed in as admin').waitFor();
  });
});

/** What the page does against its promises, as it comes. */
async function watchForMistakes(context: BrowserContext, page: Page, url: string): Promise<readonly string[]> {
  const mistakes: string[] = [];
  // A refusal that the page shows to people is told by the browser, too.
  const isRefusal = (text: string) => /status of (401|409)/.test(text);
  page.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message.text())) mistakes.push(message.text());
  });
  page.on('pageerror', (error) => mistakes.push(String(error)));
  context.on('request', (asked) => {
    if (!asked.url().startsWith(`${url}/`) && !asked.url().startsWith(`blob:${url}/`)) mistakes.push(`asked for ${asked.url()}`);
  });
  await context.exposeFunction('tellViolation', (text: string) => void mistakes.push(text));
  await context.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => tellViolation(event.violatedDirective + ' forbids ' + event.blockedURI))",
  );
  return mistakes;
}

/** From the first request to the first data, as an agent does it. */
async function connectAgent(cloud: TestCloud): Promise<AgentSocket> {
  await request(cloud, 'GET', `/api/v1/env?v=1.37.1&cap=proto,ctx&claim_id=${recordedId}`);
  const agent = await goOnline(cloud);
  const subscriptions = ['/inbound/cmd', '/inbound/v1/cmd/+'].map((path) => ({ topic: root + path, qos: 0 as const }));
  agent.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions });
  await agent.next();
  publish(agent, 'outbound/v1/agent-connection', connectionReport(recordedId, true));
  const asksForNodeInstance = Buffer.concat([text(1, recordedId), text(2, recordedId)]);
  await agent.next(); // SendNodeInstances
  publish(agent, 'outbound/v1/node-instance/create', asksForNodeInstance);
  await agent.next(); // CreateNodeInstanceResult
  publish(agent, 'outbound/v1/node-instance/info', text(1, recordedId));
  return agent;
}

async function answerQuery(agent: AgentSocket, body: string): Promise<void> {
  const question = Buffer.from(await agent.next(), 'hex').toString();
  const [topic = ''] = /(?<="callback-topic":")[^"]+/.exec(question) ?? [];
  const response = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  publish(agent, topic.slice(root.length + 1), Buffer.from(`{"type":"http","msg-id":"x","http-code":200}\r\n\r\n${response}`));
}

function publish(agent: AgentSocket, path: string, payload: Buffer): void {
  agent.sendPacket({ cmd: 'publish', topic: `${root}/${path}`, payload, qos: 0, dup: false, retain: false });
}

/** A text field of a protobuf message. */
function text(number: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), Buffer.from(value)]);
}

function plain(line: string): string {
  return line.replaceAll(/\s+/g, ' ').replace(/[\d.]+ m?s$/, 'N');
}

/** Texts whose colour is too near to that of the ground below them: WCAG 2, 1.4.3. */
function lowContrasts(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    const ground = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = parts(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll('body *')].filter(
      (element) => element.checkVisibility() && [...element.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ''),
    );
    return texts.flatMap((element) => {
      const [one, other] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return contrast >= 4.5 ? [] : [element.textContent.slice(0, 40) + ': ' + contrast.toFixed(2)];
    });
  })()`);
}
