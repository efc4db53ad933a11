import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { agentKeyPair } from '../../src/steps/agent-key-pair.ts';
import { type CreateIdentityStep, createIdentity } from '../../src/steps/create-identity.ts';
import { Secret } from '../../src/system/secret.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';
import { testKeyPair } from '../support/test-key-pair.ts';

const registry = '/x/var/lib/netdata/registry/netdata.public.unique.id';
const cloudDirectory = '/x/var/lib/netdata/cloud.d';
const guid = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
const bannedGuid = '8a795b0c-2311-11e6-8563-000c295076a6';
const good = testKeyPair(9);
const netdata = { userId: 201, groupId: 201 };
const step: CreateIdentityStep = { kind: 'create-identity', root: '/x', generation: 'cloud.d', backupDirectory: '/state' };

function machine(files: Record<string, FakeEntry> = {}, owner = { userId: 0, groupId: 0 }) {
  const conf = '[global]\n    run as user = netdata\n';
  const lib = { directory: true } as const;
  return createFakeSystem({
    files: { ...fakeAccounts().files, '/x/etc/netdata/netdata.conf': conf, '/x/var/lib/netdata': lib, ...files },
    owner,
  });
}

async function run(system: FakeSystem, change: Partial<CreateIdentityStep> = {}) {
  const undo = await createIdentity.inspect({ ...step, ...change }, system);
  await createIdentity.run({ ...step, ...change }, stepContext(system));
  if (undo === undefined) throw new Error('nothing to do');
  return undo;
}

describe('create-identity', () => {
  it('makes GUID and keys for the user that runs the agent, and never again', async () => {
    const system = machine();
    await run(system);
    expect(system.readText(registry)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await system.stat(registry)).toMatchObject({ mode: 0o644, ...netdata });
    expect(await system.stat(`${cloudDirectory}/private.pem`)).toMatchObject({ mode: 0o600, ...netdata });
    expect(await system.stat(`${cloudDirectory}/public.pem`)).toMatchObject({ mode: 0o640, ...netdata });
    expect(await system.stat(cloudDirectory)).toMatchObject({ mode: 0o770, ...netdata });
    expect(await createIdentity.inspect(step, system)).toBeUndefined();
  });

  it('makes the keys of an agent up to 1.21 beside its configuration', async () => {
    const system = machine({ [registry]: guid });
    await run(system, { generation: 'claim.d' });
    expect(await system.stat('/x/etc/netdata/claim.d')).toMatchObject({ kind: 'directory', mode: 0o770, ...netdata });
    expect(await system.stat('/x/etc/netdata/claim.d/private.pem')).toMatchObject({ mode: 0o600, ...netdata });
    expect(await system.stat(cloudDirectory)).toBeUndefined();
  });

  it('gives them to another user when that is asked for', async () => {
    const system = machine({ [registry]: guid, '/etc/passwd': 'monitor:x:300:301::/:/bin/false\n' });
    await run(system, { user: 'monitor' });
    expect(await system.stat(`${cloudDirectory}/private.pem`)).toMatchObject({ userId: 300, groupId: 301 });
  });

  it('leaves a GUID in upper case with a newline as it is', async () => {
    const system = machine({ [registry]: `${guid.toUpperCase()}\n` });
    await run(system);
    expect(system.readText(registry)).toBe(`${guid.toUpperCase()}\n`);
  });

  it('replaces a banned GUID, and brings it back with its mode and owner', async () => {
    const system = machine({ [registry]: { content: bannedGuid, mode: 0o444, owner: netdata } });
    const before = system.tree();
    const undo = await run(system);
    expect(system.readText(registry)).toMatch(/^[0-9a-f-]{36}$/);
    expect(system.readText(registry)).not.toBe(bannedGuid);
    for (const _ of ['once', 'twice']) await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });

  it('says the sentence that users search for when the GUID cannot be written', async () => {
    const system = machine();
    const full = { ...system, writeFile: () => Promise.reject(new Error('EACCES: permission denied')) };
    await expect(createIdentity.run(step, { ...stepContext(system), system: full })).rejects.toMatchObject({
      code: 'CLAIM_MACHINE_GUID',
      what: `Failed to write new machine GUID. Please make sure you have rights to write to ${registry}.`,
    });
  });

  it('refuses a link in the place of cloud.d or of a key, before anything is written', async () => {
    const system = machine();
    system.place(cloudDirectory, { link: '/etc/ld.so.conf.d' });
    await expect(createIdentity.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
    const other = machine({ [`${cloudDirectory}/public.pem`]: 'P' });
    other.place(`${cloudDirectory}/private.pem`, { link: '/root/.ssh/id_rsa' });
    await expect(createIdentity.inspect(step, other)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
  });

  it.each(['pkcs1', 'pkcs8'] as const)('makes the public half that is missing from a private key (%s)', async (type) => {
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type, format: 'pem' },
    });
    const system = machine({ [`${cloudDirectory}/private.pem`]: { content: pair.privateKey, mode: 0o600 } });
    const undo = await run(system);
    expect(system.readText(`${cloudDirectory}/public.pem`)).toBe(pair.publicKey);
    expect(system.readText(`${cloudDirectory}/private.pem`)).toBe(pair.privateKey);
    await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(system.readText(`${cloudDirectory}/private.pem`)).toBe(pair.privateKey);
    expect(system.exists(`${cloudDirectory}/public.pem`)).toBe(false);
  });

  it.each([
    ['an empty private half', '', good.publicKey],
    ['a private half that is cut off', good.privateKey.slice(0, 400), good.publicKey],
    ['a private half that is damaged, and no other', 'the only key', undefined],
  ])('sets %s aside, makes a new pair, and brings the damaged one back', async (_, privateKey, publicKey) => {
    const damaged = { content: new Secret(privateKey), mode: 0o600, owner: netdata };
    const system = machine({
      [registry]: guid,
      [`${cloudDirectory}/private.pem`]: damaged,
      ...(publicKey && { [`${cloudDirectory}/public.pem`]: { content: publicKey, mode: 0o640, owner: netdata } }),
    });
    const before = system.tree();
    const context = stepContext(system);
    const undo = await createIdentity.inspect(step, system);
    await createIdentity.run(step, context);
    expect(context.said).toContain(
      `${cloudDirectory}/private.pem is damaged: it holds no RSA private key. It is kept in /state, and replaced.`,
    );
    expect(system.readText('/state/private.pem')).toBe(privateKey);
    expect(await agentKeyPair({ claimDirectory: cloudDirectory }, system)).toEqual({ state: 'good' });
    expect(system.calls).toContain('createKeyPair');
    expect(await createIdentity.inspect(step, system)).toBeUndefined();
    if (undo === undefined) throw new Error('nothing to do');
    for (const _ of ['once', 'twice']) await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });

  it.each([
    ['of another pair', testKeyPair(8).publicKey],
    ['that is empty', ''],
  ])('makes a public half %s again from the private one, which stays', async (_, publicKey) => {
    const system = machine({
      [registry]: guid,
      [`${cloudDirectory}/private.pem`]: { content: good.privateKey, mode: 0o600, owner: netdata },
      [`${cloudDirectory}/public.pem`]: { content: publicKey, mode: 0o640, owner: netdata },
    });
    const before = system.tree();
    const undo = await run(system);
    expect(system.readText(`${cloudDirectory}/public.pem`)).toBe(good.publicKey);
    expect(system.readText(`${cloudDirectory}/private.pem`)).toBe(good.privateKey);
    expect(system.calls).not.toContain('createKeyPair');
    for (const _ of ['once', 'twice']) await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });

  it('uses the key pair again that an unclaim has kept, unless that is damaged', async () => {
    const kept = (content: string) => ({ '/state/unclaim-A/private.pem': { content, mode: 0o600 } });
    const system = machine({ [registry]: guid, ...kept(good.privateKey) });
    await run(system, { keptIn: '/state/unclaim-A' });
    expect(system.readText(`${cloudDirectory}/private.pem`)).toBe(good.privateKey);
    expect(system.readText(`${cloudDirectory}/public.pem`)).toBe(good.publicKey);
    expect(await system.stat(`${cloudDirectory}/private.pem`)).toMatchObject({ mode: 0o600, ...netdata });
    const other = machine({ [registry]: guid, ...kept('rubbish') });
    await run(other, { keptIn: '/state/unclaim-A' });
    expect(other.calls).toContain('createKeyPair');
  });

  it('replaces a public key whose private half is gone, and brings it back', async () => {
    const system = machine({ [registry]: guid, [`${cloudDirectory}/public.pem`]: 'of nobody' });
    const before = system.tree();
    const undo = await run(system);
    expect(system.readText(`${cloudDirectory}/public.pem`)).toContain('BEGIN PUBLIC KEY');
    await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });

  const mine = { userId: 0, groupId: 0 };
  const madeByHand: Record<string, FakeEntry> = {
    [registry]: { content: guid, mode: 0o600, owner: mine },
    [cloudDirectory]: { directory: true, mode: 0o700, owner: mine },
    [`${cloudDirectory}/private.pem`]: { content: good.privateKey, mode: 0o4644, owner: mine },
    [`${cloudDirectory}/public.pem`]: { content: good.publicKey, mode: 0o600, owner: mine },
  };

  it('hands over what somebody made as root, and gives it back', async () => {
    const system = machine(madeByHand);
    const before = system.tree();
    const undo = await run(system);
    expect(await system.stat(cloudDirectory)).toMatchObject({ mode: 0o770, ...netdata });
    expect(await system.stat(`${cloudDirectory}/private.pem`)).toMatchObject({ mode: 0o600, ...netdata });
    expect(await system.stat(`${cloudDirectory}/public.pem`)).toMatchObject({ mode: 0o640, ...netdata });
    expect(await system.stat(registry)).toMatchObject({ mode: 0o644, ...netdata });
    expect(system.readText(`${cloudDirectory}/private.pem`)).toBe(good.privateKey);
    expect(await createIdentity.inspect(step, system)).toBeUndefined();
    for (const _ of ['once', 'twice']) await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    // A file that the agent's user could write does not come back as a program that runs as root.
    await system.setMode(`${cloudDirectory}/private.pem`, 0o4644);
    expect(system.tree()).toEqual(before);
  });

  it('hands over the directory of a GUID, too, where the agent cannot enter it, and gives it back', async () => {
    const directory = '/x/var/lib/netdata/registry';
    const registryOf = (mode: number) => ({ [directory]: { directory: true, mode, owner: mine } }) as const;
    const system = machine({ ...madeByHand, ...registryOf(0o700) });
    const before = system.tree();
    const undo = await run(system);
    expect(await system.stat(directory)).toMatchObject({ mode: 0o770, ...netdata });
    expect(await system.stat(registry)).toMatchObject({ mode: 0o644, ...netdata });
    for (const _ of ['once', 'twice']) await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    await system.setMode(`${cloudDirectory}/private.pem`, 0o4644);
    expect(system.tree()).toEqual(before);
    const open = machine({ ...madeByHand, ...registryOf(0o711) });
    await run(open);
    expect(await open.stat(directory)).toMatchObject({ mode: 0o711, ...mine });
  });

  it('leaves a directory to whom it belongs that is not the registry, though the GUID is in there', async () => {
    const system = machine({
      '/x/etc/netdata/netdata.conf': '[global]\n    run as user = netdata\n[registry]\n    netdata unique id file = /root/guid\n',
      '/root': { directory: true, mode: 0o700, owner: mine },
      '/root/guid': { content: guid, mode: 0o644, owner: mine },
    });
    await run(system);
    expect(await system.stat('/root')).toMatchObject({ mode: 0o700, ...mine });
  });

  const named = (path: string, owner = mine) =>
    ({
      '/x/etc/netdata/netdata.conf': {
        content: `[global]\n    run as user = monitor\n[registry]\n    netdata unique id file = ${path}\n[directories]\n    lib = /etc\n`,
        owner,
      },
      '/etc': { directory: true },
    }) as const;

  it('follows no path and no user in a configuration that others than root can write', async () => {
    const system = machine(named('/etc/ld.so.preload', netdata));
    await run(system);
    expect(await system.stat('/etc/ld.so.preload')).toBeUndefined();
    expect(await system.stat('/etc/cloud.d')).toBeUndefined();
    expect(await system.stat(registry)).toMatchObject({ mode: 0o644, ...netdata });
    expect(await system.stat(`${cloudDirectory}/private.pem`)).toMatchObject({ mode: 0o600, ...netdata });
  });

  it('gives away nothing in a directory of root that root’s configuration names', async () => {
    const system = machine({ ...named('/etc/guid'), '/etc/passwd': 'monitor:x:300:301::/:/bin/false\n' });
    await run(system);
    expect(await system.stat('/etc/guid')).toMatchObject({ mode: 0o644, userId: 0, groupId: 0 });
    expect(await system.stat('/etc')).toMatchObject({ userId: 0 });
  });

  it.each([
    ['/etc/shadow', 'root:$y$secret:1::::::\n'],
    ['/etc/ld.so.preload', '/lib/of-an-administrator.so\n'],
  ])('writes over no file with something else in it, and does not hand it over: %s', async (path, content) => {
    const system = machine({
      ...named(path),
      [path]: { content, mode: 0o600, owner: mine },
      '/etc/passwd': 'monitor:x:300:301::/:/bin/false\n',
    });
    const before = system.tree();
    await expect(createIdentity.inspect(step, system)).rejects.toMatchObject({
      code: 'CLAIM_MACHINE_GUID',
      what: `${path} is where the machine GUID of this agent is to be, and it has something else in it.`,
    });
    await expect(createIdentity.run(step, stepContext(system))).rejects.toMatchObject({ code: 'CLAIM_MACHINE_GUID' });
    expect(system.tree()).toEqual(before);
  });

  it('hands the keys to the user that is asked for, and leaves the GUID to the agent', async () => {
    const system = machine({ ...madeByHand, [registry]: { content: guid, mode: 0o600, owner: netdata } });
    system.place('/etc/passwd', 'monitor:x:300:301::/:/bin/false\n');
    await run(system, { user: 'monitor' });
    expect(await system.stat(`${cloudDirectory}/private.pem`)).toMatchObject({ mode: 0o600, userId: 300, groupId: 301 });
    expect(await system.stat(registry)).toMatchObject({ mode: 0o600, ...netdata });
  });

  it('leaves a GUID of root that the agent can read', async () => {
    const owned = (entry: object) => ({ ...entry, owner: netdata });
    const keys = Object.fromEntries(
      Object.entries(madeByHand).map(([path, entry]) => [path, path === registry ? guid : owned(entry as object)]),
    );
    expect(await createIdentity.inspect(step, machine(keys as Record<string, FakeEntry>))).toBeUndefined();
  });

  it('gives back what is left, also after a private key that is gone', async () => {
    const system = machine(madeByHand);
    const undo = await run(system);
    await system.removeFile(`${cloudDirectory}/private.pem`);
    await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(await system.stat(cloudDirectory)).toMatchObject({ mode: 0o700, ...mine });
    expect(system.exists(`${cloudDirectory}/private.pem`)).toBe(false);
  });

  it('takes back only what it made', async () => {
    const system = machine({ '/x/var/lib/netdata/registry': { directory: true } });
    const before = system.tree();
    const undo = await run(system);
    for (const _ of ['once', 'twice']) await createIdentity.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });
});
