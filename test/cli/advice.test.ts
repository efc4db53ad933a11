import { expect, it } from 'vitest';
import { pasteable } from '../../src/cli/advice.ts';

const checkout = { commandName: './scripts/kickstart.sh', named: { install: '/opt/my agent' } };

it.each([
  [
    'Claim it again: kickstart claim --new-id.',
    "Claim it again: ./scripts/kickstart.sh claim --install '/opt/my agent' --new-id.",
  ],
  [
    'Look with kickstart status, then run kickstart uninstall; it takes all away.',
    "Look with ./scripts/kickstart.sh status --install '/opt/my agent', then run ./scripts/kickstart.sh uninstall --install '/opt/my agent'; it takes all away.",
  ],
  [
    'kickstart uninstall --install /opt/other takes it away',
    './scripts/kickstart.sh uninstall --install /opt/other takes it away',
  ],
  ['See kickstart status (without --install).', 'See ./scripts/kickstart.sh status.'],
  ['Run: sudo kickstart claim …; … is what else you gave', 'Run: sudo ./scripts/kickstart.sh claim …; … is what else you gave'],
  ['Repair it, and run kickstart again.', 'Repair it, and run kickstart again.'],
  ['The file /var/lib/kickstart status is damaged.', 'The file /var/lib/kickstart status is damaged.'],
])('%s → %s', (text, said) => {
  expect(pasteable(text, checkout)).toBe(said);
});

it('names the state directory, too, and nothing where nothing was named', () => {
  const standing = { commandName: 'kickstart', named: { install: '/opt/x', 'state-directory': '/srv/state' } };
  expect(pasteable('kickstart unclaim', standing)).toBe('kickstart unclaim --install /opt/x --state-directory /srv/state');
  expect(pasteable('kickstart unclaim --restore', { commandName: 'npx kickstart' })).toBe('npx kickstart unclaim --restore');
});

it('keeps a quote in a path for the shell', () => {
  expect(pasteable('kickstart status', { commandName: 'k', named: { install: "/opt/it's" } })).toBe(
    "k status --install '/opt/it'\\''s'",
  );
});
