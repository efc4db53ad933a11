import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../../src/cli/options.ts';
import { connectCommand, connectNotes, type Platform, urlForNodes } from '../../../../src/standin/cloud/page/connect-command.js';

const connection = {
  token: 'TOKEN',
  rooms: ['ROOM1', 'ROOM2'],
  url: 'https://127.0.0.1:8443',
  caFile: '/root/my-cloud/ca.pem',
};

function texts(platform: Platform, changes: object = {}): readonly string[] {
  return connectCommand({ ...connection, ...changes, platform }).map(({ text }) => text);
}

describe('the line for Linux', () => {
  it('is that of the manual, with the CA of this Cloud', () => {
    expect(texts('linux')).toEqual([
      'kickstart --claim-token TOKEN --claim-rooms ROOM1,ROOM2 --claim-url https://127.0.0.1:8443 --ca-file /root/my-cloud/ca.pem',
    ]);
  });

  it('downloads kickstart from where it is served', () => {
    const line =
      'bash <(curl -Ss https://example.com/r/kickstart.sh) --claim-token TOKEN --claim-url https://127.0.0.1:8443 --ca-file /root/my-cloud/ca.pem';
    expect(texts('linux', { rooms: [], kickstart: 'https://example.com/r/' })).toEqual([line]);
    expect(texts('linux', { rooms: [], kickstart: 'https://example.com/r/kickstart.sh' })).toEqual([line]);
  });

  it('starts kickstart by the command that it has there, and takes a proxy', () => {
    expect(texts('linux', { kickstart: './scripts/kickstart.sh', proxy: 'socks5h://203.0.113.0:1080' })).toEqual([
      './scripts/kickstart.sh --claim-token TOKEN --claim-rooms ROOM1,ROOM2 --claim-url https://127.0.0.1:8443 --claim-proxy socks5h://203.0.113.0:1080 --ca-file /root/my-cloud/ca.pem',
    ]);
  });

  it('is one that kickstart understands', () => {
    const [line = ''] = texts('linux', { proxy: 'http://203.0.113.0:3128' });
    const { command, values } = parseCommandLine(line.split(' ').slice(1), {});
    expect(command).toBe('install');
    expect(values).toMatchObject({
      'claim-token': 'TOKEN',
      'claim-rooms': 'ROOM1,ROOM2',
      'claim-url': 'https://127.0.0.1:8443',
      'claim-proxy': 'http://203.0.113.0:3128',
      'ca-file': '/root/my-cloud/ca.pem',
    });
  });

  it('gives a shell every word as it is', () => {
    const proxy = "http://o'brien:$HOME`id`@127.0.0.1:3128";
    const [line = ''] = texts('linux', { kickstart: 'printf %s\\\\n', proxy, caFile: '/tmp/my cloud/ca.pem' });
    const words = execFileSync('bash', ['-c', line], { encoding: 'utf8' }).trim().split('\n');
    expect(words).toEqual([
      ...['--claim-token', 'TOKEN', '--claim-rooms', 'ROOM1,ROOM2', '--claim-url', 'https://127.0.0.1:8443'],
      ...['--claim-proxy', proxy, '--ca-file', '/tmp/my cloud/ca.pem'],
    ]);
  });
});

it('installs below /usr/local on a Mac, and says that nobody has tried', () => {
  expect(texts('macos', { kickstart: 'https://example.com/kickstart.sh' })).toEqual([
    'bash <(curl -Ss https://example.com/kickstart.sh) --install /usr/local/ --claim-token TOKEN --claim-rooms ROOM1,ROOM2 --claim-url https://127.0.0.1:8443 --ca-file /root/my-cloud/ca.pem',
  ]);
  expect(connectNotes({ ...connection, platform: 'macos' })[0]).toContain('it was not tried on a Mac');
});

it('runs a container that trusts this Cloud', () => {
  expect(texts('docker-run', { url: 'https://192.0.2.7:8443', proxy: 'http://192.0.2.8:3128' })).toEqual([
    `docker run -d --name=netdata \\
  -p 19999:19999 \\
  -v netdataconfig:/etc/netdata \\
  -v netdatalib:/var/lib/netdata \\
  -v netdatacache:/var/cache/netdata \\
  -v /etc/passwd:/host/etc/passwd:ro \\
  -v /etc/group:/host/etc/group:ro \\
  -v /proc:/host/proc:ro \\
  -v /sys:/host/sys:ro \\
  -v /etc/os-release:/host/etc/os-release:ro \\
  -v /root/my-cloud/ca.pem:/etc/ssl/certs/ca-certificates.crt:ro \\
  --restart unless-stopped \\
  --cap-add SYS_PTRACE \\
  --security-opt apparmor=unconfined \\
  -e NETDATA_CLAIM_TOKEN=TOKEN \\
  -e NETDATA_CLAIM_URL=https://192.0.2.7:8443 \\
  -e NETDATA_CLAIM_ROOMS=ROOM1,ROOM2 \\
  -e NETDATA_CLAIM_PROXY=http://192.0.2.8:3128 \\
  -e SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \\
  netdata/netdata`,
  ]);
});

it('lets a container share the network of the machine when the Cloud can be reached from there only', () => {
  expect(texts('docker-run')[0]).toContain('docker run -d --name=netdata \\\n  --network host \\\n  -v netdataconfig');
  expect(texts('docker-compose')[0]).toContain('    network_mode: host\n');
  expect(texts('docker-run', { url: 'https://[::1]:8443' })[0]).toContain('--network host');
  expect(texts('docker-run', { url: 'https://127.example.com:8443' })[0]).toContain('-p 19999:19999');
});

it('writes a file for Docker compose, which puts no variables of its own into it', () => {
  const [file = '', start] = texts('docker-compose', { url: 'https://192.0.2.7:8443', proxy: 'http://a:$b"c@192.0.2.8:3128' });
  expect(file.split('\n')).toEqual([
    ...['services:', '  netdata:', '    image: netdata/netdata', '    container_name: netdata'],
    ...['    ports:', '      - 19999:19999', '    restart: unless-stopped', '    cap_add:', '      - SYS_PTRACE'],
    ...['    security_opt:', '      - apparmor:unconfined', '    volumes:'],
    ...['      - netdataconfig:/etc/netdata', '      - netdatalib:/var/lib/netdata', '      - netdatacache:/var/cache/netdata'],
    ...['      - /etc/passwd:/host/etc/passwd:ro', '      - /etc/group:/host/etc/group:ro', '      - /proc:/host/proc:ro'],
    ...['      - /sys:/host/sys:ro', '      - /etc/os-release:/host/etc/os-release:ro'],
    '      - /root/my-cloud/ca.pem:/etc/ssl/certs/ca-certificates.crt:ro',
    ...['    environment:', '      - NETDATA_CLAIM_TOKEN=TOKEN', '      - NETDATA_CLAIM_URL=https://192.0.2.7:8443'],
    ...['      - NETDATA_CLAIM_ROOMS=ROOM1,ROOM2', '      - "NETDATA_CLAIM_PROXY=http://a:$$b\\"c@192.0.2.8:3128"'],
    '      - SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
    ...['', 'volumes:', '  netdataconfig:', '  netdatalib:', '  netdatacache:', ''],
  ]);
  expect(start).toBe('docker compose up -d');
});

it('writes values for Netdata’s Helm chart, for parent and children', () => {
  const [ca, values = '', install] = texts('kubernetes', { url: 'https://192.0.2.7:8443' });
  expect(ca).toBe('kubectl create configmap kickstart-cloud-ca --from-file=ca.pem=/root/my-cloud/ca.pem');
  const role = [
    ...['  claiming:', '    enabled: true', '    token: "TOKEN"', '    rooms: "ROOM1,ROOM2"', '    url: https://192.0.2.7:8443'],
    ...['  env:', '    SSL_CERT_FILE: /etc/ssl/certs/ca-certificates.crt'],
    ...['  extraVolumes:', '    - name: kickstart-cloud-ca', '      configMap:', '        name: kickstart-cloud-ca'],
    ...['  extraVolumeMounts:', '    - name: kickstart-cloud-ca', '      mountPath: /etc/ssl/certs/ca-certificates.crt'],
    ...['      subPath: ca.pem', '      readOnly: true'],
  ];
  expect(values.split('\n')).toEqual(['parent:', ...role, 'child:', ...role, '']);
  expect(install).toBe('helm upgrade --install netdata netdata/netdata --values override.yml');
});

it('says that a pod cannot reach a Cloud on this machine', () => {
  expect(connectNotes({ ...connection, platform: 'kubernetes' }).join(' ')).toContain('a pod cannot reach it');
  const elsewhere = connectNotes({ ...connection, platform: 'kubernetes', url: 'https://192.0.2.7:8443' }).join(' ');
  expect(elsewhere).not.toContain('cannot reach');
  expect(elsewhere).toContain('/root/my-cloud/ca.pem on the machine where you paste it');
});

it('gives nodes the address by which the page was found, unless that is good on one machine only', () => {
  expect(urlForNodes('https://127.0.0.1:8443', 'https://cloud.example.com:8443')).toBe('https://cloud.example.com:8443');
  expect(urlForNodes('https://192.0.2.7:8443', 'https://localhost:8443')).toBe('https://192.0.2.7:8443');
});
