import type { ServiceDescription } from './service-managers.ts';

/**
 * The text of a systemd unit. It keeps from the service only what no agent needs: setuid plugins, access to /home and /tmp and raw devices
 * must go on working, so there is no NoNewPrivileges, ProtectHome or PrivateTmp here, and nothing that implies NoNewPrivileges.
 * Source: systemd.service(5), systemd.exec(5), systemd.syntax(7).
 */
export function systemdUnit({ name, description, program, arguments: words, environment }: ServiceDescription): string {
  const lines = [
    `# Written by kickstart, and removed by kickstart uninstall. Local settings belong in ${name}.service.d/local.conf beside this file.`,
    '[Unit]',
    `Description=${escapeSpecifiers(description)}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=simple',
    ...Object.entries(environment).map(([variable, value]) => `Environment=${quoted(`${variable}=${value}`)}`),
    `ExecStart=${[program, ...words].map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=5',
    // Plugins get the chance to end with the agent that they belong to.
    'KillMode=mixed',
    'TimeoutStopSec=60',
    'ProtectControlGroups=yes',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
  return `${lines.join('\n')}\n`;
}

/** The first ExecStart, without the signs that systemd takes before the path; undefined when there is none. Source: systemd.service(5). */
export function programOfUnit(text: string): string | undefined {
  const [, inQuotes, bare] = /^ExecStart\s*=\s*[-@:+!]*(?:"((?:[^"\\]|\\.)*)"|(\S+))/m.exec(text) ?? [];
  return (inQuotes?.replaceAll(/\\(.)/g, '$1') ?? bare)?.replaceAll('%%', '%').replaceAll('$$', '$');
}

function quoted(word: string): string {
  return `"${escapeSpecifiers(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
