import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export type ProxyKind = 'squid' | 'tinyproxy' | 'microsocks' | 'dante';

interface Setting {
  directory: string;
  port: number;
  login?: { user: string; password: string };
}

/** One real proxy of Debian's: how it is set up, and how its log tells of requests. What it prints is in `<directory>/log`. */
interface ProxyProgram {
  program: string;
  scheme: 'http' | 'socks5h';
  /** Name in the directory → content. */
  files(setting: Setting): Readonly<Record<string, string>>;
  words(setting: Setting): readonly string[];
  /** Files of the machine that it sees its own in the place of: path → name in the directory. Nobody else sees them. */
  sees?: Readonly<Record<string, string>>;
  /** Its groups, with colons between them, are a request. */
  requestsIn: RegExp;
}

/** Logs are written before the answer; what squid calls its access log has a tunnel only when it is closed. */
export const proxyKinds: Readonly<Record<ProxyKind, ProxyProgram>> = {
  squid: {
    program: '/usr/sbin/squid',
    scheme: 'http',
    files: (setting) => ({
      'squid.conf': squidConfiguration(setting),
      ...(setting.login && { passwords: `${setting.login.user}:${crypted(setting.login.password)}\n` }),
    }),
    words: ({ directory }) => ['-N', '-f', join(directory, 'squid.conf')],
    requestsIn: /HTTP Client REQUEST:\n-+\n(\S+ \S+) HTTP/g,
  },
  // Answers CONNECT with HTTP/1.0.
  tinyproxy: {
    program: '/usr/bin/tinyproxy',
    scheme: 'http',
    files: (setting) => ({ 'tinyproxy.conf': tinyproxyConfiguration(setting) }),
    words: ({ directory }) => ['-d', '-c', join(directory, 'tinyproxy.conf')],
    requestsIn: /Request \(file descriptor \d+\): (\S+ \S+) HTTP/g,
  },
  microsocks: {
    program: '/usr/bin/microsocks',
    scheme: 'socks5h',
    files: () => ({}),
    words: ({ port, login }) => [
      ...['-i', '127.0.0.1', '-p', String(port)],
      ...(login === undefined ? [] : ['-u', login.user, '-P', login.password]),
    ],
    requestsIn: /connected to (\S+:\d+)/g,
  },
  // Its passwords are those of the accounts of the machine, so it sees a machine with one account.
  dante: {
    program: '/usr/sbin/danted',
    scheme: 'socks5h',
    files: (setting) => ({
      'danted.conf': danteConfiguration(setting),
      passwd: `nobody:x:65534:65534::/:/bin/false\n${setting.login === undefined ? '' : `${setting.login.user}:x:65533:65534::/:/bin/false\n`}`,
      shadow: setting.login === undefined ? '' : `${setting.login.user}:${crypted(setting.login.password)}:1::::::\n`,
    }),
    words: ({ directory }) => ['-f', join(directory, 'danted.conf'), '-p', join(directory, 'pid')],
    sees: { '/etc/passwd': 'passwd', '/etc/shadow': 'shadow' },
    requestsIn: /Packet: VER: 5 CMD: 1 FLAG: 0 ATYP: \d address: (\S+)\.(\d+)/g,
  },
};

// Nothing is kept, looked up or written but in its directory; the log has each request when it is read (section 11 of squid's debug sections).
function squidConfiguration({ directory, port, login }: Setting): string {
  return `http_port 127.0.0.1:${port}
visible_hostname proxy.test
pid_filename none
cache_log ${directory}/log
debug_options ALL,1 11,2
access_log none
cache_store_log none
cache deny all
netdb_filename none
pinger_enable off
coredump_dir ${directory}
dns_nameservers 127.0.0.1
${login === undefined ? '' : squidLogin(directory)}
http_access allow all
`;
}

function squidLogin(directory: string): string {
  return `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${directory}/passwords
auth_param basic children 1
acl login proxy_auth REQUIRED
http_access deny !login`;
}

function crypted(password: string): string {
  return execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
}

function tinyproxyConfiguration({ port, login }: Setting): string {
  return `Port ${port}
Listen 127.0.0.1
Timeout 60
LogLevel Connect
${login === undefined ? '' : `BasicAuth ${login.user} ${login.password}`}
`;
}

// Only its debug output has the name that it was asked for.
function danteConfiguration({ port, login }: Setting): string {
  return `debug: 1
logoutput: stdout
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
user.privileged: nobody
user.unprivileged: nobody
clientmethod: none
socksmethod: ${login === undefined ? 'none' : 'username'}
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 command: connect }
`;
}
