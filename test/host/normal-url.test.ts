import { expect, it } from 'vitest';
import { normalUrl } from '../../src/host/normal-url.ts';

it.each([
  ['https://cloud.example', 'https://cloud.example'],
  ['https://cloud.example:443//', 'https://cloud.example'],
  ['HTTPS://Cloud.Example/Path/', 'https://cloud.example/Path'],
  ['https://cloud.example:8443/', 'https://cloud.example:8443'],
  ['own.example:8443 /', 'own.example:8443 '],
])('%s is written %s', (text, normal) => expect(normalUrl(text)).toBe(normal));
