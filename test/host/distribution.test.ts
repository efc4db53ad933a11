import { describe, expect, test } from 'vitest';
import { parseOsRelease, readDistribution } from '../../src/host/distribution.ts';
import { createFakeSystem } from '../support/fake-system.ts';

describe('os-release', () => {
  test.each([
    ['ID=debian', 'ID', 'debian'],
    ['VERSION_ID="12"', 'VERSION_ID', '12'],
    ["NAME='Arch Linux'", 'NAME', 'Arch Linux'],
    ['NAME="say \\"hi\\" for \\$5 \\\\"', 'NAME', 'say "hi" for $5 \\'],
    ["NAME='kept \\\\ as it is'", 'NAME', 'kept \\\\ as it is'],
    ['NAME="not closed', 'NAME', '"not closed'],
    ['ID=debian # our image', 'ID', 'debian'],
    ['VERSION_ID="12" # pinned', 'VERSION_ID', '12'],
    ['export ID=debian', 'ID', 'debian'],
    ['  export  VERSION_ID="12"', 'VERSION_ID', '12'],
    ['NAME=Debian GNU/Linux', 'NAME', 'Debian GNU/Linux'],
    ['HOME_URL=https://example.test/#top', 'HOME_URL', 'https://example.test/#top'],
    ['NAME="not a # comment"', 'NAME', 'not a # comment'],
    ["NAME='a; b'; reboot", 'NAME', 'a; b'],
    ['ID=debian; reboot', 'ID', 'debian'],
    ['NAME=Debian\\ GNU', 'NAME', 'Debian GNU'],
    ['VERSION_ID="12".\'4\'', 'VERSION_ID', '12.4'],
    ['VERSION_ID="" # rolling', 'VERSION_ID', ''],
    ['ID=# nothing', 'ID', '# nothing'],
    ['NAME=', 'NAME', ''],
    ['NAME="a=b"', 'NAME', 'a=b'],
    ['ID=$(touch /tmp/owned)', 'ID', '$(touch /tmp/owned)'],
    ['ID="`reboot`"', 'ID', '`reboot`'],
    ['PRETTY_NAME="\u001b[2Jclean"', 'PRETTY_NAME', '[2Jclean'],
  ])('reads %s', (line, name, value) => {
    expect(parseOsRelease(line).get(name)).toBe(value);
  });

  test('takes nothing from comments, commands and lower-case names', () => {
    expect([...parseOsRelease('# ID=x\nrm -rf /\nexport id=y\nid=z\n\n; ID=w\n# export ID=v\n')]).toEqual([]);
  });
});

describe('the distribution', () => {
  test('is read from /etc, with Windows line ends too', async () => {
    const text =
      'PRETTY_NAME="Ubuntu 24.04.1 LTS"\r\nID=ubuntu\r\nID_LIKE=debian\r\nVERSION_ID="24.04"\r\nVERSION_CODENAME=noble\r\n';
    const system = createFakeSystem({ files: { '/etc/os-release': text, '/usr/lib/os-release': 'ID=arch\n' } });
    expect(await readDistribution(system)).toEqual({
      id: 'ubuntu',
      idLike: ['debian'],
      versionId: '24.04',
      codename: 'noble',
      name: 'Ubuntu 24.04.1 LTS',
      family: 'debian',
    });
  });

  test('is read from /usr/lib when /etc has nothing to say', async () => {
    const missing = createFakeSystem({ files: { '/usr/lib/os-release': 'ID=alpine\nNAME="Alpine Linux"\n' } });
    const empty = createFakeSystem({
      files: { '/etc/os-release': '\n', '/usr/lib/os-release': 'ID=alpine\nNAME="Alpine Linux"\n' },
    });
    const alpine = { id: 'alpine', idLike: [], name: 'Alpine Linux', family: 'alpine' };
    expect(await readDistribution(missing)).toEqual(alpine);
    expect(await readDistribution(empty)).toEqual(alpine);
  });

  test('is unknown without os-release', async () => {
    expect(await readDistribution(createFakeSystem())).toEqual({ id: 'unknown', idLike: [], name: 'unknown', family: 'unknown' });
  });

  test.each([
    ['ID=rhel\nID_LIKE="fedora"', 'rhel'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'rhel'],
    ['ID=fedora', 'rhel'],
    ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', 'suse'],
    ['ID=arch', 'arch'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'debian'],
    ['ID=somebodys\nID_LIKE="other ubuntu"', 'debian'],
    ['ID=void', 'unknown'],
    ['ID=constructor', 'unknown'],
  ])('of %j belongs to the family %s', async (text, family) => {
    const system = createFakeSystem({ files: { '/etc/os-release': text } });
    expect((await readDistribution(system)).family).toBe(family);
  });

  test('is data: hostile content runs nothing', async () => {
    const system = createFakeSystem({
      files: { '/etc/os-release': 'ID=$(reboot)\nNAME="`rm -rf /`"; reboot\nID_LIKE="$(id) debian"\n' },
    });
    expect(await readDistribution(system)).toMatchObject({ id: '$(reboot)', family: 'debian' });
    expect(system.commandsGiven).toEqual([]);
  });
});
