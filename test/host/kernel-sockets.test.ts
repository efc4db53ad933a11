import { describe, expect, test } from 'vitest';
import { holdersOf, socketsOf, tcpListeners, unixListeners } from '../../src/host/kernel-sockets.ts';
import { createFakeSystem } from '../support/fake-system.ts';

// As Linux 6.1 writes them.
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0200007F:7147 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 96431 1 00000000ebfa6f76 100 0 0 10 0
   1: 00000000:4E1F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1147 1 000000004ba1610e 100 0 0 10 0
   2: 0100007F:B218 0100007F:82BD 01 00000000:00000000 03:000007E8 00000000     0        0 5 3 00000000630c1f8f
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:AAA3 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 96433 1 00000000628110a7 100 0 0 10 0
   1: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 96434 1 00000000628110a7 100 0 0 10 0
`;
const unix = `Num       RefCount Protocol Flags    Type St Inode Path
000000009acb3113: 00000002 00000000 00010000 0001 01 96432 /run/netdata/netdata.pipe
00000000ddb25fbf: 00000003 00000000 00000000 0001 03  1144 /run/other
00000000024a38e7: 00000003 00000000 00000000 0001 03  1143
00000000024a38e8: 00000002 00000000 00010000 0001 01  1145 @abstract
00000000024a38e9: 00000002 00000000 00010000 0001 01  1146 /run/with a blank
`;
const system = createFakeSystem({
  files: {
    ...{ '/proc/40/net/tcp': tcp, '/proc/40/net/tcp6': tcp6, '/proc/40/net/unix': unix },
    ...{
      '/proc/40/fd/3': { link: 'socket:[96431]' },
      '/proc/40/fd/4': { link: '/dev/null' },
      '/proc/41/fd/9': { link: 'socket:[96431]' },
    },
  },
});

describe('the sockets of the kernel', () => {
  test('are those that listen, with their address, owner and inode', async () => {
    expect(await tcpListeners(40, system)).toEqual([
      { address: '127.0.0.2', port: 28999, userId: 998, inode: '96431' },
      { address: '0.0.0.0', port: 19999, userId: 0, inode: '1147' },
      { address: '[::1]', port: 43683, userId: 0, inode: '96433' },
      { address: '[2001:db8::1]', port: 80, userId: 0, inode: '96434' },
    ]);
  });

  test('are, among those of a path, the ones that somebody can come to', async () => {
    expect(await unixListeners(40, system)).toEqual([
      { path: '/run/netdata/netdata.pipe', inode: '96432' },
      { path: '/run/with a blank', inode: '1146' },
    ]);
  });

  test('belong to the processes that have them open', async () => {
    expect(await socketsOf(40, system)).toEqual(new Set(['96431']));
    expect(await holdersOf('96431', system)).toEqual([40, 41]);
  });

  test('are unknown of a process that is gone, or that this user may not look into', async () => {
    expect(await socketsOf(50, system)).toBeUndefined();
    expect(await tcpListeners(50, system)).toEqual([]);
    const refused = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(await socketsOf(40, { ...system, list: () => Promise.reject(refused) })).toBeUndefined();
  });
});
