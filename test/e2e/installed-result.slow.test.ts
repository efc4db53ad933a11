import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField } from './roots.ts';

const refusal = await throwawayMachineRefusal();
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own. ${refusal}`);

describe.skipIf(refusal !== undefined)(`what an install leaves${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let field: Field;
  beforeAll(async () => {
    field = await openField({ tags: ['v1.31.0', 'v1.37.1', 'v1.44.3'] });
    // The groups of a Debian, with one of a container engine.
    await field.shell(
      'getent group docker >/dev/null || groupadd --system docker; rm -f /etc/logrotate.d/netdata; mkdir -p /etc/logrotate.d',
    );
  });
  afterAll(() => field?.close());

  it('is what the own installer of 1.37.1 leaves: owners, modes, capabilities, groups, files for its scripts', async () => {
    field.mirror.setLatest('v1.37.1');
    const prefix = await field.newPrefix();
    const root = `${prefix.path}/netdata`;
    const before = await field.machine.changes();

    const installed = await field.kickstart([...prefix.words, '--disable-cloud']);
    expect(installed.stderr).toBe('');
    expect(installed.exitCode, installed.stdout).toBe(0);
    expect(await prefix.info()).toMatchObject({ version: 'v1.37.1' });

    const listed =
      await field.shell(`cd ${root} && find usr/libexec/netdata usr/share etc var/lib var/cache var/log -maxdepth 3 \\
      \\( -name '*.plugin' -o -name 'cgroup-n*' -o -name '*.sh' -o -name '*.inc' -o -name '*.html' -o -name web \\
      -o -name orig -o -name .environment -o -name edit-config -o -path 'var/*/netdata' -o -name cloud.d -o -name charts.d \\) \\
      -printf '%M %u:%g %p\\n' | sort -k3`);
    expect(listed.trim().split('\n')).toEqual([
      '-rw-r--r-- root:root etc/netdata/.environment',
      'drwxr-xr-x root:root etc/netdata/charts.d',
      '-rwxr-xr-x root:root etc/netdata/edit-config',
      'lrwxrwxrwx root:root etc/netdata/orig',
      'drwxr-xr-x root:root usr/libexec/netdata/charts.d',
      '-rwxr-xr-x root:root usr/libexec/netdata/charts.d/example.chart.sh',
      '-rwxr-xr-x root:root usr/libexec/netdata/install-service.sh',
      '-rwxr-x--- root:root usr/libexec/netdata/netdata-uninstaller.sh',
      '-rwxr-xr-x root:root usr/libexec/netdata/netdata-updater.sh',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/alarm-notify.sh',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/anonymous-statistics.sh',
      '-rwsr-x--- root:netdata usr/libexec/netdata/plugins.d/apps.plugin',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/cgroup-name.sh',
      '-rwsr-x--- root:netdata usr/libexec/netdata/plugins.d/cgroup-network',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/cgroup-network-helper.sh',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/charts.d.dryrun-helper.sh',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/charts.d.plugin',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/fping.plugin',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/get-kubernetes-labels.sh',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/ioping.plugin',
      '-rw-r--r-- root:root usr/libexec/netdata/plugins.d/loopsleepms.sh.inc',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/perf.plugin',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/python.d.plugin',
      '-rwxr-x--- root:netdata usr/libexec/netdata/plugins.d/slabinfo.plugin',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/system-info.sh',
      '-rwxr-xr-x root:root usr/libexec/netdata/plugins.d/tc-qos-helper.sh',
      'drwxrwxr-x root:root usr/share/netdata/web',
      '-rw-rw-r-- root:root usr/share/netdata/web/index.html',
      'drwxrwxr-x netdata:netdata var/cache/netdata',
      'drwxrwxr-x netdata:netdata var/lib/netdata',
      'drwxrwx--- netdata:netdata var/lib/netdata/cloud.d',
      'drwxr-xr-x netdata:root var/log/netdata',
    ]);
    const plugins = `${root}/usr/libexec/netdata/plugins.d`;
    expect(await field.shell(`cd ${plugins} && getcap *`)).toBe(
      'perf.plugin cap_perfmon=ep\nslabinfo.plugin cap_dac_read_search=ep\n',
    );
    expect((await field.shell('id -nG netdata')).trim().split(' ').sort()).toEqual(['adm', 'docker', 'netdata', 'proxy']);
    expect(await field.shell(`head -c 1 ${root}/etc/netdata/orig/netdata.conf`)).toBe('#');
    // As its updater reads it.
    expect(
      await field.shell(
        `. ${root}/etc/netdata/.environment && echo "$NETDATA_PREFIX|$NETDATA_GROUP|$NETDATA_ADDED_TO_GROUPS|$IS_NETDATA_STATIC_BINARY"`,
      ),
    ).toBe(`${root}|netdata| docker adm proxy|no\n`);
    expect(await field.shell(`sh ${root}/usr/libexec/netdata/netdata-updater.sh 2>&1 || :`)).toContain(
      `${root}/etc/netdata/.environment`,
    );
    expect(await field.shell('cat /etc/logrotate.d/netdata')).toContain(`${root}/var/log/netdata/*.log {`);
    const processId = (await field.shell(`cat ${root}/var/run/netdata/netdata.pid`)).trim();
    expect(processId).toMatch(/^\d+$/);
    expect(await field.shell(`tr '\\0' ' ' < /proc/${processId}/cmdline`)).toContain(`${root}/usr/sbin/netdata -D`);

    const removed = await field.kickstart(['uninstall', '--install', prefix.path]);
    expect(removed.stderr).toBe('');
    expect(removed.exitCode, removed.stdout).toBe(0);
    expect(await field.machine.changes()).toEqual(before);
  });

  it('has its rights again after an upgrade, and after one that is rolled back', async () => {
    field.mirror.setLatest('v1.31.0');
    const prefix = await field.newPrefix();
    const plugins = `${prefix.path}/netdata/usr/libexec/netdata/plugins.d`;
    const rights = () => field.shell(`cd ${plugins} && stat -c '%n %a %G' apps.plugin perf.plugin && getcap perf.plugin`);
    const installed = await field.kickstart([...prefix.words, '--disable-cloud']);
    expect(installed.exitCode, installed.stdout + installed.stderr).toBe(0);
    const expected = 'apps.plugin 4750 netdata\nperf.plugin 750 netdata\nperf.plugin cap_perfmon=ep\n';
    expect(await rights()).toBe(expected);

    field.mirror.setLatest('v1.44.3');
    // Its program cannot be started any more: the check fails after the new files are in place.
    await field.shell(
      `mv ${prefix.path}/netdata/etc/netdata/netdata.conf /tmp/kept.conf; printf '[web]\\n    default port = 1\\n    bind to = 203.0.113.1\\n' > ${prefix.path}/netdata/etc/netdata/netdata.conf`,
    );
    const failed = await field.kickstart([...prefix.words, '--disable-cloud']);
    expect(failed.exitCode, failed.stdout + failed.stderr).toBe(4);
    expect(await rights()).toBe(expected);

    await field.shell(`mv /tmp/kept.conf ${prefix.path}/netdata/etc/netdata/netdata.conf`);
    const upgraded = await field.kickstart([...prefix.words, '--disable-cloud']);
    expect(upgraded.exitCode, upgraded.stdout + upgraded.stderr).toBe(0);
    expect(await prefix.info()).toMatchObject({ version: 'v1.44.3' });
    expect(await rights()).toBe(expected);
    expect((await field.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
  });
});
