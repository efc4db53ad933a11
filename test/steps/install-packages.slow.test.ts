import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstallPackagesStep, InstallPackagesUndo } from '../../src/steps/install-packages.ts';
import {
  checkoutOnMachine,
  nodeOnMachine,
  startThrowawayMachine,
  type ThrowawayMachine,
  throwawayMachineRefusal,
} from '../support/throwaway-machine.ts';

const refusal = await throwawayMachineRefusal();
if (refusal !== undefined) console.warn(`SKIPPED: real apt needs root and an overlay over /. ${refusal}`);

const step: InstallPackagesStep = { kind: 'install-packages', manager: 'apt', packages: ['ks-tool'] };

// A repository on the machine itself: ks-tool needs ks-library, which needs ks-base; ks-tool has a configuration file. ks-admirer recommends ks-library.
const makeRepository = `
set -e
repository=/srv/repository
mkdir -p "$repository"
make() { # NAME DEPENDS
  mkdir -p "/srv/$1/DEBIAN" "/srv/$1/etc" "/srv/$1/usr/share/$1"
  # A package without a file of its own disappears when another one has all its directories.
  touch "/srv/$1/usr/share/$1/file"
  printf 'Package: %s\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: test <test@localhost>\\nDescription: test\\n%s' "$1" "$2" > "/srv/$1/DEBIAN/control"
  if [ "$1" = ks-tool ]; then
    echo default > /srv/ks-tool/etc/ks-tool.conf
    echo /etc/ks-tool.conf > /srv/ks-tool/DEBIAN/conffiles
    printf '#!/bin/sh\\n[ ! -e /srv/hang ] || { touch /srv/hangs; sleep 600; }\\n' > /srv/ks-tool/DEBIAN/postinst
    chmod 755 /srv/ks-tool/DEBIAN/postinst
  fi
  dpkg-deb --root-owner-group --build "/srv/$1" "$repository/$1.deb" > /dev/null
  { cat "/srv/$1/DEBIAN/control"; printf 'Filename: ./%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' "$1" \\
    "$(stat -c %s "$repository/$1.deb")" "$(sha256sum "$repository/$1.deb" | cut -d ' ' -f 1)"; } >> "$repository/Packages"
}
make ks-base ''
make ks-library 'Depends: ks-base
'
make ks-tool 'Depends: ks-library
'
make ks-needs-library 'Depends: ks-library
'
make ks-admirer 'Recommends: ks-library
'
make ks-needs-tool 'Depends: ks-tool
'
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/repository ./' > /etc/apt/sources.list
`;

describe.skipIf(refusal !== undefined)('packages installed by real apt', () => {
  let machine: ThrowawayMachine;
  let hostBefore: string;

  beforeEach(async () => {
    hostBefore = hostPackages();
    machine = await startThrowawayMachine();
    await shell(makeRepository);
  });

  afterEach(async () => {
    await machine.stop();
    expect(hostPackages()).toBe(hostBefore);
  });

  it('come with what they need, from lists that were never fetched, and go without a trace', async () => {
    const before = await packages();
    const configuration = await shell('ls /etc; cat /var/lib/apt/extended_states');
    const undo = await install();
    expect(await packages()).toEqual(
      [...before, 'ks-base 1.0 installed', 'ks-library 1.0 installed', 'ks-tool 1.0 installed'].toSorted(),
    );
    expect((await part('inspect', step)).result).toBeUndefined();
    expect((await part('undo', undo)).said).toEqual([]);
    expect(await packages()).toEqual(before);
    expect(await shell('ls /etc; cat /var/lib/apt/extended_states')).toBe(configuration);
    await part('undo', undo);
    expect(await packages()).toEqual(before);
  });

  it('leave those that were there before, wanted or not', async () => {
    await shell('apt-get update -q && apt-get install -qy ks-base ks-library && apt-mark auto ks-base ks-library');
    const before = await packages();
    const undo = await install({ ...step, packages: ['ks-library', 'ks-tool'] });
    expect(undo.requested).toEqual(['ks-tool']);
    expect(await shell('apt-mark showauto | grep ^ks-')).toBe('ks-base\nks-library\n');
    await part('undo', undo);
    expect(await packages()).toEqual(before);
  });

  it('stay when a package that came later needs them, and the undo says so', async () => {
    const undo = await install();
    await shell('apt-get install -qy ks-needs-tool');
    const before = await packages();
    expect((await part('undo', undo)).said).toEqual(['Left installed, because packages that came later need them: ks-tool']);
    expect(await packages()).toEqual(before);
  });

  it('leave behind what a package that came later needs of what they brought', async () => {
    const undo = await install();
    await shell('apt-get install -qy ks-needs-library');
    const before = await packages();
    await part('undo', undo);
    expect(await packages()).toEqual(before.filter((line) => !line.startsWith('ks-tool ')));
  });

  it('go with what they brought, also when a package that was there before recommends that', async () => {
    await shell('apt-get update -q && apt-get install -qy --no-install-recommends ks-admirer');
    const before = await packages();
    const undo = await install();
    expect(undo.arrivals?.toSorted()).toEqual(['ks-base', 'ks-library', 'ks-tool']);
    await part('undo', undo);
    expect(await packages()).toEqual(before);
  });

  it('leave behind what a package that came later recommends, with what that needs', async () => {
    const undo = await install();
    await shell('apt-get install -qy ks-admirer');
    const before = await packages();
    await part('undo', undo);
    expect(await packages()).toEqual(before.filter((line) => !line.startsWith('ks-tool ')));
  });

  it('leave behind what the user asked for since, though a package that was there before recommends it', async () => {
    await shell('apt-get update -q && apt-get install -qy --no-install-recommends ks-admirer');
    const undo = await install();
    await shell('apt-mark manual ks-library');
    const before = await packages();
    await part('undo', undo);
    expect(await packages()).toEqual(before.filter((line) => !line.startsWith('ks-tool ')));
  });

  it('leave behind what a package recommends when a receipt of an older version does not name it', async () => {
    await shell('apt-get update -q && apt-get install -qy --no-install-recommends ks-admirer');
    const { arrivals: _, ...undo } = await install();
    const before = await packages();
    await part('undo', undo);
    expect(await packages()).toEqual(before.filter((line) => !line.startsWith('ks-tool ')));
  });

  it('leave the configuration that an administrator kept of them', async () => {
    await shell(
      'apt-get update -q && apt-get install -qy ks-tool && echo mine > /etc/ks-tool.conf && apt-get remove -qy --auto-remove ks-tool',
    );
    const before = await packages();
    expect(before).toContain('ks-tool 1.0 config-files');
    const undo = await install();
    expect(undo.configurationBefore).toContain('ks-tool');
    await part('undo', undo);
    expect(await packages()).toEqual(before.filter((line) => !/^ks-(library|base) /.test(line)));
    expect(await shell('cat /etc/ks-tool.conf')).toBe('mine\n');
  });

  it('go in one transaction, though one that came along needs one that was asked for', async () => {
    const before = await packages();
    const removedBefore = await removals();
    const undo = await install({ ...step, packages: ['ks-library', 'ks-needs-tool'] });
    expect(undo.arrivals?.toSorted()).toEqual(['ks-base', 'ks-library', 'ks-needs-tool', 'ks-tool']);
    await part('undo', undo);
    expect(await packages()).toEqual(before);
    expect(await removals()).toBe(removedBefore + 1);
  });

  it('come and go on a machine where a package of somebody else is broken, and the broken one is named', async () => {
    await shell(`
      mkdir -p /srv/vendor-agent/DEBIAN
      printf 'Package: vendor-agent\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: x <x@localhost>\\nDescription: x\\n' > /srv/vendor-agent/DEBIAN/control
      printf '#!/bin/sh\\nexit 1\\n' > /srv/vendor-agent/DEBIAN/postinst
      chmod 755 /srv/vendor-agent/DEBIAN/postinst
      dpkg-deb --build /srv/vendor-agent /srv/vendor-agent.deb > /dev/null
      dpkg -i /srv/vendor-agent.deb || true
      apt-get update -q`);
    const before = await packages();
    expect(before).toContain('vendor-agent 1.0 half-configured');
    const warning =
      'The package manager reports an error for packages that kickstart does not need: vendor-agent (half-configured). Repair them with: dpkg --configure --pending.';
    const undo = (await part('inspect', step)).result;
    const ran = await part('run', step);
    expect(ran.warned).toEqual([warning]);
    expect(await packages()).toContain('ks-tool 1.0 installed');
    expect((await part('undo', { ...undo, ...ran.added })).warned).toEqual([warning]);
    expect(await packages()).toEqual(before);
  });

  it('go when the install was killed in the middle', async () => {
    const before = await packages();
    await shell('touch /srv/hang');
    const undo = (await part('inspect', step)).result;
    const running = machine.start(runStep('run', step));
    await shell('for i in $(seq 600); do [ ! -e /srv/hangs ] || exit 0; sleep 0.1; done; exit 1');
    await shell('pkill -KILL -x "apt-get|dpkg|ks-tool.postinst|sleep|node" || true; rm /srv/hang');
    if (running.exitCode === null && running.signalCode === null) await new Promise((ended) => running.once('exit', ended));
    expect(await packages()).toContain('ks-tool 1.0 half-configured');
    await part('undo', undo);
    expect(await packages()).toEqual(before);
  });

  it('are said to be unknown when they are', async () => {
    const unknown = { ...step, packages: ['ks-nothing'] };
    const ran = await machine.run(runStep('run', unknown));
    expect(ran.exitCode).not.toBe(0);
    expect(ran.stderr).toContain('PACKAGE_INSTALL_FAILED');
    expect(ran.stderr).toContain('Unable to locate package ks-nothing');
  });

  async function install(given = step): Promise<InstallPackagesUndo> {
    const undo = (await part('inspect', given)).result;
    return { ...undo, ...(await part('run', given)).added };
  }

  async function part(name: 'inspect' | 'run' | 'undo', given: unknown) {
    const { exitCode, stdout, stderr } = await machine.run(runStep(name, given));
    if (exitCode !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** Transactions that removed something, as apt notes them. */
  async function removals(): Promise<number> {
    return Number(await shell('grep -Ec "^(Remove|Purge): " /var/log/apt/history.log || true'));
  }

  async function packages(): Promise<string[]> {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
    return (await shell("dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n'")).trim().split('\n').toSorted();
  }

  async function shell(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await machine.run(['sh', '-c', script]);
    if (exitCode !== 0) throw new Error(`${script}\n${stdout}\n${stderr}`);
    return stdout;
  }
});

function runStep(part: string, given: unknown): readonly string[] {
  return [nodeOnMachine, `${checkoutOnMachine}/test/support/run-step.ts`, 'install-packages', part, JSON.stringify(given)];
}

function hostPackages(): string {
  return execFileSync('dpkg-query', ['-W'], { encoding: 'utf8' });
}
