import { describe, expect, test } from 'vitest';
import { agentClaim } from '../../src/host/agent-claim.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const id = '8f9a0e3a-1111-4222-8333-123456789abc';
const settings = { claimDirectory: '/c', cloudBaseUrl: 'https://cloud.test/' };

describe('the claim of an agent', () => {
  test('is what the script left', async () => {
    const system = createFakeSystem({ files: { '/c/claimed_id': id.toUpperCase(), '/c/private.pem': '', '/c/public.pem': '' } });
    expect(await agentClaim(settings, system)).toEqual({ id, url: 'https://cloud.test' });
  });

  test('is to the same Cloud, however its URL is written', async () => {
    const system = createFakeSystem({ files: { '/c/claimed_id': id } });
    const written = { ...settings, cloudBaseUrl: 'https://Cloud.test:443/' };
    expect(await agentClaim(written, system)).toMatchObject({ url: 'https://cloud.test' });
  });

  test('has the rooms that are known, none of them when there were none', async () => {
    const system = createFakeSystem({ files: { '/c/claimed_id': id, '/c/rooms': ' a, b,\n' } });
    expect(await agentClaim(settings, system)).toMatchObject({ rooms: ['a', 'b'] });
    system.place('/c/rooms', '');
    expect(await agentClaim(settings, system)).toMatchObject({ rooms: [] });
  });

  test('is what the agent itself wrote to cloud.conf, before all else', async () => {
    const system = createFakeSystem({
      files: {
        '/c/claimed_id': '11111111-1111-4111-8111-111111111111',
        '/c/cloud.conf': `[global]\n claimed_id = ${id}\n rooms = r\n`,
        '/c/rooms': 'old',
      },
    });
    expect(await agentClaim(settings, system)).toMatchObject({ id, rooms: ['r'] });
  });

  test.each([
    ['absent', ''],
    ['empty', ' rooms =\n'],
    ['commented', ' #\trooms = \n'],
  ])('has no rooms where the agent itself wrote it and they are %s', async (_, line) => {
    const system = createFakeSystem({ files: { '/c/cloud.conf': `[global]\n claimed_id = ${id}\n${line}` } });
    expect(await agentClaim(settings, system)).toMatchObject({ id, rooms: [] });
  });

  test('has rooms that nothing tells where a script wrote it without them', async () => {
    const system = createFakeSystem({ files: { '/c/claimed_id': id, '/c/cloud.conf': '[global]\n enabled = yes\n' } });
    expect(await agentClaim(settings, system)).not.toHaveProperty('rooms');
  });

  test('is none without an id that is a UUID', async () => {
    expect(await agentClaim(settings, createFakeSystem({ files: { '/c/claimed_id': 'NULL' } }))).toBeUndefined();
    expect(await agentClaim(settings, createFakeSystem({}))).toBeUndefined();
  });
});
