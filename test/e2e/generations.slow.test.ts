import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cacheOnMachine, throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField, type Prefix } from './roots.ts';
import { withoutAptTraces } from './roots-apt-traces.ts';
import { type SecondCloud, startSecondCloud } from './second-cloud.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

// Where each generation has its claim, below its root. Source: spec/claiming-and-link.md 10.
const generations = [
  { tag: 'v1.21.0', generation: 'claim.d', state: 'etc/netdata/claim.d', not: 'var/lib/netdata/cloud.d' },
  { tag: 'v1.31.0', generation: 'cloud.d', state: 'var/lib/netdata/cloud.d', not: 'etc/netdata/claim.d' },
  { tag: 'v1.34.0', generation: 'cloud.d', state: 'var/lib/netdata/cloud.d', not: 'etc/netdata/claim.d' },
  { tag: 'v2.3.0', generation: 'claim.conf', state: 'var/lib/netdata/cloud.d', not: 'etc/netdata/claim.d' },
] as const;

describe.skipIf(refusal !== undefined)(`a claim of each generation${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let field: Field;
  let second: SecondCloud;

  beforeAll(async () => {
    second = await startSecondCloud();
    const libraries = inject('testLibraries').directory ?? '';
    field = await openField({ tags: generations.map(({ tag }) => tag), readable: [libraries, second.caFile] });
    await field.shell(systemLibraries(libraries));
  });
  afterAll(async () => {
    await field?.close();
    await second?.close();
  });

  it.each(generations)(
    '$tag is installed, claimed, unclaimed, given its claim back, moved to another Cloud, and taken away',
    async ({ tag, generation, state, not }) => {
      field.mirror.setLatest(tag);
      const prefix = await field.newPrefix();
      const root = `${prefix.path}/netdata`;
      const before = await changes();

      const installed = await field.kickstart(
        [...prefix.words, '--require-cloud', '--cache-directory', cacheOnMachine, ...field.claim.words],
        field.claim.environment,
      );
      expect(installed.stderr).toBe('');
      expect(installed.exitCode, installed.stdout).toBe(0);
      expect(installed.stdout).toContain('Agent was successfully claimed.');
      expect(await prefix.info()).toMatchObject({ version: tag, 'agent-claimed': true, 'aclk-available': true });
      const id = (await field.shell(`cat ${root}/${state}/claimed_id`)).trim();
      expect(field.cloudEvents).toContainEqual(expect.objectContaining({ kind: 'online', id }));
      expect(await field.shell(`test -e ${root}/${not} && echo there || echo none`)).toBe('none\n');
      const status = await statusOf(prefix);
      expect(status).toMatchObject({
        agent: { state: 'running', version: tag.slice(1), generation },
        claim: { claimed: true, id },
        link: { state: 'online' },
        installedBy: 'kickstart',
        exitStatus: 0,
      });
      expect(status).not.toHaveProperty('firstFailing');

      const unclaimed = await field.kickstart(['unclaim', '--install', prefix.path]);
      expect(unclaimed.stderr).toBe('');
      expect(unclaimed.exitCode, unclaimed.stdout).toBe(0);
      expect(await prefix.info()).toMatchObject({ 'agent-claimed': false, 'aclk-available': false });
      await expectLink(id, 'offline');
      expect(await field.shell(credentialsBelow(root))).toBe('');
      expect(await statusOf(prefix)).toMatchObject({ claim: { claimed: false }, exitStatus: 6 });

      // Its id is the machine GUID, and the Cloud knows it by the key that the unclaim has kept. An agent from 2.0 on chooses another id.
      if (tag === 'v1.34.0') {
        const again = await field.kickstart(['claim', '--install', prefix.path, ...field.claim.words], field.claim.environment);
        expect(again.stderr).toBe('');
        expect(again.exitCode, again.stdout).toBe(0);
        expect((await field.shell(`cat ${root}/${state}/claimed_id`)).trim()).toBe(id);
        await expectLink(id, 'online');
        expect((await field.kickstart(['unclaim', '--install', prefix.path])).exitCode).toBe(0);
        await expectLink(id, 'offline');
      }

      const restored = await field.kickstart(['unclaim', '--restore', '--install', prefix.path]);
      expect(restored.stderr).toBe('');
      expect(restored.exitCode, restored.stdout).toBe(0);
      expect(await prefix.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': true });
      expect((await field.shell(`cat ${root}/${state}/claimed_id`)).trim()).toBe(id);
      await expectLink(id, 'online');

      const renamed = await field.kickstart(
        ['claim', '--new-id', '--install', prefix.path, ...field.claim.words],
        field.claim.environment,
      );
      expect(renamed.stderr).toBe('');
      expect(renamed.exitCode, renamed.stdout).toBe(0);
      const secondId = (await field.shell(`cat ${root}/${state}/claimed_id`)).trim();
      expect(secondId).not.toBe(id);
      // Not the link of the earlier claim, which is up until the agent has looked.
      await expectLink(secondId, 'online');
      await expectLink(id, 'offline');

      if (generation === 'claim.conf') {
        await killedMove(prefix, secondId);
        await otherProxy(prefix, secondId);
        // Of an administrator: from now on its claim trusts the first Cloud only.
        await field.shell(`cd ${root}/${state} && cp cloud_fullchain.pem trusted.pem`);
      }
      if (tag === 'v1.34.0') await moveWithoutRestart(prefix, secondId);

      const moved = await field.kickstart(
        ['claim', '--new-id', '--install', prefix.path, ...second.claim.words],
        second.claim.environment,
      );
      expect(moved.stderr).toBe('');
      expect(moved.exitCode, moved.stdout).toBe(0);
      const newId = (await field.shell(`cat ${root}/${state}/claimed_id`)).trim();
      expect([id, secondId]).not.toContain(newId);
      expect(second.events).toContainEqual(expect.objectContaining({ kind: 'online', id: newId }));
      await expectLink(secondId, 'offline');
      expect(await statusOf(prefix)).toMatchObject({ claim: { claimed: true, id: newId, url: second.url }, exitStatus: 0 });
      if (generation === 'claim.conf') expect(await field.shell(`grep -c BEGIN ${root}/${state}/trusted.pem`)).toBe('2\n');

      const removed = await field.kickstart(['uninstall', '--install', prefix.path]);
      expect(removed.stderr).toBe('');
      expect(removed.exitCode, removed.stdout).toBe(0);
      expect(await prefix.info()).toBeUndefined();
      expect(await changes()).toEqual(before);
    },
  );

  it.each(generations.filter(({ tag }) => ['v1.31.0', 'v2.3.0'].includes(tag)))(
    '$tag with a damaged key pair gets a whole one before the Cloud is asked, with and without --new-id',
    async ({ tag, state }) => {
      field.mirror.setLatest(tag);
      const prefix = await field.newPrefix();
      const keys = `${prefix.path}/netdata/${state}`;
      const installed = await field.kickstart(
        [...prefix.words, '--require-cloud', '--cache-directory', cacheOnMachine, ...field.claim.words],
        field.claim.environment,
      );
      expect(installed.exitCode, installed.stdout).toBe(0);
      const fingerprints = () =>
        field.shell(
          `cd ${keys} && openssl rsa -in private.pem -pubout 2>/dev/null | sha256sum && openssl pkey -pubin -in public.pem | sha256sum`,
        );
      for (const damage of [
        ': > private.pem',
        'head -c 1704 /dev/zero > private.pem',
        'truncate -s 800 private.pem',
        'openssl genrsa 2048 2>/dev/null | openssl rsa -pubout > public.pem 2>/dev/null',
        ': > public.pem',
      ]) {
        for (const words of [['--new-id'], []]) {
          await field.shell(`cd ${keys} && ${damage}`);
          const claimed = await field.kickstart(
            ['claim', ...words, '--install', prefix.path, ...field.claim.words],
            field.claim.environment,
          );
          expect({ damage, words, exitCode: claimed.exitCode, stderr: claimed.stderr }, claimed.stdout).toEqual({
            ...{ damage, words, exitCode: 0, stderr: '' },
          });
          expect(claimed.stdout).toContain('is damaged');
          expect(await statusOf(prefix)).toMatchObject({ link: { state: 'online' }, exitStatus: 0 });
          const [own, sent] = (await fingerprints()).trim().split('\n');
          expect(own).toBe(sent);
        }
      }
      const removed = await field.kickstart(['uninstall', '--install', prefix.path]);
      expect(removed.exitCode, removed.stdout).toBe(0);
    },
  );

  // Seed 002, "Remove and reconnect a node": cd /var/lib/netdata; sudo rm -rf cloud.d/; sudo netdata-claim.sh -token=… -id=$(uuidgen)
  it.each(['v1.31.0', 'v1.34.0', 'v2.3.0'])(
    '%s is reconnected as the manual says, and is online as the new node',
    async (tag) => {
      field.mirror.setLatest(tag);
      const prefix = await field.newPrefix();
      const installed = await field.kickstart(
        [...prefix.words, '--require-cloud', '--cache-directory', cacheOnMachine, ...field.claim.words],
        field.claim.environment,
      );
      expect(installed.exitCode, installed.stdout).toBe(0);
      const [, rooms = '', , url = '', ...ca] = field.claim.words;
      await field.shell(`cd ${prefix.path}/netdata/var/lib/netdata && rm -rf cloud.d/`);
      const id = crypto.randomUUID();
      const line = [`-token=${field.token}`, `-rooms=${rooms}`, `-url=${url}`, `-id=${id}`, ...ca];
      const claimed = await field.kickstart(['claim', ...line, '--install', prefix.path]);
      expect(claimed.exitCode, claimed.stdout).toBe(0);
      expect(await prefix.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': true });
      if (!tag.startsWith('v2')) await expectLink(id, 'online');
      expect(await statusOf(prefix)).toMatchObject({ link: { state: 'online' }, exitStatus: 0 });
      expect((await field.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
    },
  );

  // It comments the key out in its cloud.conf, or leaves it out.
  it('v2.3.0 without rooms is claimed once, however often that is asked for', async () => {
    field.mirror.setLatest('v2.3.0');
    const prefix = await field.newPrefix();
    const [, , ...withoutRooms] = field.claim.words;
    const claim = () => field.kickstart(['claim', '--install', prefix.path, ...withoutRooms], field.claim.environment);
    const installed = await field.kickstart(
      [...prefix.words, '--require-cloud', '--cache-directory', cacheOnMachine, ...withoutRooms],
      field.claim.environment,
    );
    expect(installed.exitCode, installed.stdout).toBe(0);
    const conf = `${prefix.path}/netdata/var/lib/netdata/cloud.d/cloud.conf`;
    const id = await field.shell(`grep claimed_id ${conf}`);
    for (const edit of ['s/x/x/', '/rooms/d', '$a #\\\trooms = ']) {
      await field.shell(`sed -i '${edit}' ${conf}`);
      const again = await claim();
      expect(again.exitCode, again.stdout).toBe(0);
      expect(again.stdout).toContain('without rooms, as asked for: the Cloud is not asked again');
      expect(await field.shell(`grep claimed_id ${conf}`)).toBe(id);
    }
    expect((await field.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
  });

  /** The Cloud hears of the end of a link when the connection ends, a moment after the agent has left it. */
  function expectLink(id: string, kind: 'online' | 'offline'): Promise<void> {
    return expect.poll(() => field.cloudEvents.findLast(isOfLink(id)), { timeout: 10_000 }).toMatchObject({ kind });
  }

  /** Such an agent has forgotten its earlier claim when the new one is asked for, and trusts the CA of the other Cloud. */
  async function killedMove(prefix: Prefix, id: string): Promise<void> {
    await second.hangClaims(true);
    const killed = await field.killedAt(
      'Let the agent claim itself',
      ['claim', '--new-id', '--install', prefix.path, ...second.claim.words],
      second.claim.environment,
    );
    expect(killed.exitCode, killed.stdout).toBe(137);
    await second.hangClaims(false);
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': false });
    expect(await statusOf(prefix)).toMatchObject({
      earlierRun: {
        // Whether the kill came before the last step was in the receipt is chance.
        says: expect.stringMatching(/^A run was cut off: Claim the agent .* The next run first takes back what is half-done: /),
      },
    });

    const next = await field.kickstart(['claim', '--install', prefix.path, ...field.claim.words], field.claim.environment);
    expect(next.stderr).toBe('');
    expect(next.exitCode, next.stdout).toBe(0);
    expect(next.stdout).toContain('An earlier run ended in the middle of this.');
    expect(next.stdout).toContain(`as node ${id}, with the same rooms, and so in their space: the Cloud is not asked again.`);
    expect(await statusOf(prefix)).toMatchObject({ claim: { claimed: true, id }, link: { state: 'online' }, exitStatus: 0 });
    await expectLink(id, 'online');
  }

  async function otherProxy(prefix: Prefix, id: string): Promise<void> {
    const set = await field.kickstart(
      ['claim', '--claim-noproxy', '--claim-proxy-configure', '--install', prefix.path, ...field.claim.words],
      field.claim.environment,
    );
    expect(set.stderr).toBe('');
    expect(set.exitCode, set.stdout).toBe(0);
    expect(await statusOf(prefix)).toMatchObject({
      ...{ claim: { claimed: true, id }, exitStatus: 0 },
      proxy: "none (the agent's own setting)",
    });
  }

  /** For a kickstart with another receipt the agent is one that was built by hand, and that it cannot restart. */
  async function moveWithoutRestart(prefix: Prefix, id: string): Promise<void> {
    const other = ['--install', prefix.path, '--state-directory', '/var/lib/other-kickstart'];
    const moved = await field.kickstart(['claim', '--new-id', ...other, ...field.claim.words], field.claim.environment);
    expect(moved.stderr).toBe('');
    expect(moved.exitCode, moved.stdout).toBe(0);
    expect(moved.stdout).toMatch(
      /✓ (The link of the earlier claim is down|The agent says that its link is up since .* after it was claimed)/,
    );
    await expectLink(id, 'offline');
    const undone = await field.kickstart(['uninstall', ...other]);
    expect(undone.stderr).toBe('');
    expect(undone.exitCode, undone.stdout).toBe(0);
  }

  // The archives of the agents stay in the cache that was given, for the next install.
  async function changes(): Promise<readonly string[]> {
    return withoutAptTraces(await field.machine.changes()).filter((line) => !`/${line}`.startsWith(cacheOnMachine));
  }

  async function statusOf(prefix: Prefix): Promise<Record<string, unknown>> {
    const { stdout } = await field.kickstart(['status', '--json', '--install', prefix.path]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }
});

function isOfLink(id: string) {
  return (event: Field['cloudEvents'][number]) => (event.kind === 'online' || event.kind === 'offline') && event.id === id;
}

/** Credentials that the agent could still read. */
function credentialsBelow(root: string): string {
  return `find ${root}/etc ${root}/var -name claimed_id -o -name private.pem -o -name claim.conf`;
}

/** JSON-C and protobuf as the machine's own: kickstart brings the first to no agent before 1.22, and the second to none from 1.45 on. */
function systemLibraries(directory: string): string {
  return `
    set -e
    cd /usr/local
    mkdir -p lib/pkgconfig include bin
    cp ${directory}/jsonc/libjson-c.a ${directory}/protobuf/src/.libs/libprotobuf.a lib
    cp -r ${directory}/jsonc/json-c ${directory}/protobuf/src/google include
    cp ${directory}/protobuf/src/protoc bin
    describe() { printf 'Name: %s\nDescription: %s\nVersion: %s\nLibs: -L/usr/local/lib %s\nCflags: -I/usr/local/include %s\n' "$@"; }
    describe json-c JSON 0.14 -ljson-c -I/usr/local/include/json-c > lib/pkgconfig/json-c.pc
    describe protobuf protobuf 3.21.12 '-lprotobuf -lpthread' '' > lib/pkgconfig/protobuf.pc`;
}
