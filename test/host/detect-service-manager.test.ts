import { describe, expect, test } from 'vitest';
import { detectServiceManager } from '../../src/host/detect-service-manager.ts';
import { programs } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

describe('the service manager', () => {
  test('is systemd while it runs', async () => {
    expect(await detectServiceManager(createFakeSystem({ files: { '/run/systemd/system': { directory: true } } }))).toBe(
      'systemd',
    );
  });

  test('is none in a container where systemd is only installed', async () => {
    const system = createFakeSystem({
      files: { '/.dockerenv': '', '/run/systemd/ask-password': '', ...programs('/usr/bin', ['systemctl']) },
    });
    expect(await detectServiceManager(system)).toBe('none');
  });

  test('is none on a bare machine', async () => {
    expect(await detectServiceManager(createFakeSystem())).toBe('none');
  });
});
