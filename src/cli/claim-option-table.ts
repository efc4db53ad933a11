import type { CommandName, OptionRow } from './option-table.ts';

const claims = ['install', 'claim'] as const satisfies readonly CommandName[];

/** The options of a claim; a part of `optionTable`. Their order of precedence is in claim-precedence.ts. */
export const claimOptionTable = {
  'claim-token': {
    value: 'TOKEN',
    help: 'claim the agent with this token of your space; a file, standard input or the environment keep it secret',
    environment: 'NETDATA_CLAIM_TOKEN',
    emptyIsNone: true,
    commands: claims,
  },
  'claim-token-file': { value: 'FILE', help: 'read the token from this file', emptyIsNone: true, commands: claims },
  'claim-token-stdin': { help: 'read the token from standard input: its first line', commands: claims },
  'claim-rooms': {
    value: 'ROOM,…',
    help: 'rooms to put the node into, separated by commas, semicolons or blanks',
    environment: 'NETDATA_CLAIM_ROOMS',
    emptyIsNone: true,
    commands: claims,
  },
  'claim-url': {
    value: 'URL',
    help: 'base URL of the Cloud',
    environment: 'NETDATA_CLAIM_URL',
    default: 'https://app.netdata.cloud',
    emptyIsNone: true,
    commands: claims,
  },
  'claim-proxy': {
    value: 'PROXY',
    help: 'none, env, http://[USER:PASSWORD@]HOST:PORT, socks5://… or socks5h://…, for the claim call',
    environment: 'NETDATA_CLAIM_PROXY',
    emptyIsNone: true,
    commands: claims,
  },
  'claim-noproxy': { help: 'claim without any proxy', commands: claims },
  'claim-proxy-configure': {
    help: "write the proxy into the agent's own configuration, too: its link uses that one",
    commands: claims,
  },
  'claim-id': { value: 'UUID', help: 'claim under this id instead of the machine GUID', emptyIsNone: true, commands: claims },
  'new-id': { help: 'claim under a new random id: for copies of a machine, and to move to another space', commands: claims },
  'claim-hostname': {
    value: 'NAME',
    help: "what the Cloud is to show instead of the machine's name",
    emptyIsNone: true,
    commands: claims,
  },
  'claim-user': {
    value: 'USER',
    help: 'whom the files of the claim belong to, instead of the user that the agent runs as',
    emptyIsNone: true,
    commands: claims,
  },
  'claim-insecure': { help: 'do not look at the certificate of the Cloud while claiming', commands: claims },
  'claim-noreload': { help: 'do not tell the running agent; it takes the claim up when it starts', commands: claims },
  'claim-daemon-not-running': { help: 'the agent does not run: do not try to tell it', commands: claims },
  'claim-verbose': { help: 'say what is sent to the Cloud and what it answers, without secrets', commands: claims },
  'claim-enable': {
    help: 'switch the Cloud on in an agent whose administrator has switched it off (enabled = no in cloud.conf)',
    commands: claims,
  },
  'claim-only': { help: 'claim the agent that is here, like kickstart claim; never install or upgrade', commands: ['install'] },
  wait: {
    value: 'WHAT',
    help: 'what to wait for after a claim: online, claimed or none; usually online, and none when the agent is not told',
    emptyIsNone: true,
    commands: claims,
  },
  'on-claim-failure': {
    value: 'WHAT',
    help: 'keep or undo a fresh install whose claim failed',
    default: 'keep',
    emptyIsNone: true,
    commands: ['install'],
  },
  'script-exit-codes': {
    help: "end with the numbers of the agent's own netdata-claim.sh, and with its 7 for what it does not know",
    commands: ['claim'],
  },
} as const satisfies Record<string, OptionRow>;
