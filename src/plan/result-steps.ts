import { agentLayout } from '../host/agent-layout.ts';
import { isBuiltWithCmake } from './agent-needs.ts';
import { ownBuildWords } from './own-build.ts';
import type { PlannedStep } from './plan.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { groupsFor, stateDirectories } from './result-of-version.ts';
import { sourceDirectory, stageDirectory } from './work-paths.ts';

// What makes an install that of the agent's own installer. Source: host/installed-result.ts.

/** What that installer adds to what was built. */
export function completeStageStep(input: SourcePlanInput): PlannedStep {
  const { options, facts, release } = input;
  const { isRoot, userName, userId } = facts.privileges;
  const { CFLAGS = '-O2', LDFLAGS = '' } = options.ownBuild?.flags ?? {};
  const optionsKey = isBuiltWithCmake(release.version) ? 'NETDATA_CMAKE_OPTIONS' : 'NETDATA_CONFIGURE_OPTIONS';
  return {
    id: 'complete-stage',
    step: {
      kind: 'complete-stage',
      sourceDirectory: sourceDirectory(options),
      stageDirectory: stageDirectory(options),
      root: options.root,
      environment: [
        ['PATH', pathOfRoot],
        ['CFLAGS', CFLAGS],
        ['LDFLAGS', LDFLAGS],
        ['MAKEOPTS', ''],
        ['NETDATA_TMPDIR', '/tmp'],
        ['NETDATA_PREFIX', options.root],
        [optionsKey, ownBuildWords(input).join(' ')],
        [groupsKey, ''],
        ['INSTALL_UID', String(userId)],
        ['NETDATA_GROUP', isRoot ? 'netdata' : userName],
        ['REINSTALL_OPTIONS', ''],
        ['RELEASE_CHANNEL', release.version.includes('-') ? 'nightly' : 'stable'],
        ['IS_NETDATA_STATIC_BINARY', 'no'],
        ['NETDATA_LIB_DIR', agentLayout(options.root).libraryDirectory],
      ],
      groupsKey,
      groups: isRoot ? groupsFor(release.version) : [],
    },
    reason: "The agent's own scripts, and its administrators, find what they are used to.",
    temporary: true,
  };
}

/** Groups that let the agent read more: logs of others, the sockets of Docker. */
export function groupSteps({ options, facts, release }: SourcePlanInput): readonly PlannedStep[] {
  if (!facts.privileges.isRoot) return [];
  const { stateDirectory } = options;
  return [
    {
      id: 'join-groups',
      step: { kind: 'join-groups', user: 'netdata', groups: groupsFor(release.version), stateDirectory },
      reason: 'Its plugins read what these groups may read.',
    },
  ];
}

/** The agent's own state: made before the tree, so that uninstall takes it with all that the agent wrote there. */
export function stateDirectorySteps({ options, facts, release }: SourcePlanInput): readonly PlannedStep[] {
  const { isRoot } = facts.privileges;
  const { runDirectory } = agentLayout(options.root);
  const rows = stateDirectories(release.version).map(({ path, mode, group }) => ({
    ...{ path: `${options.root}/${path}`, mode },
    ...(isRoot && { owner: 'netdata' }),
    ...(isRoot && group === undefined && { ownGroup: true as const }),
  }));
  // Of an install into the system it is gone with each restart, and the agent makes it itself, as it does everywhere.
  const all = [...rows, { path: runDirectory, mode: 0o755, ...(isRoot && { owner: 'netdata' }) }];
  return all.map((directory) => ({
    id: `create-directory:${directory.path}`,
    step: { kind: 'create-directory', contents: 'ours', ...directory },
    reason: 'The agent writes here.',
  }));
}

/**
 * The logs of agents that rotate none themselves. In words of ours: files are moved and the agent is told as its own user, which that installer's does not do.
 * The file with the process id is the agent's, and root must not signal whatever is in it (logrotate runs scripts as root, also after `su`: seen with 3.21).
 */
export function logrotateSteps({ options, facts }: SourcePlanInput): readonly PlannedStep[] {
  if (!facts.privileges.isRoot) return [];
  const { logDirectory, pidFile } = agentLayout(options.root);
  const content = `# Written by kickstart with the agent at ${options.root || '/'}; kickstart uninstall removes it.
${logDirectory}/*.log {
	su netdata netdata
	daily
	rotate 14
	missingok
	notifempty
	compress
	delaycompress
	sharedscripts
	postrotate
		su -s /bin/sh netdata -c 'kill -HUP "$(cat ${pidFile})"' 2>/dev/null || true
	endscript
}
`;
  return [
    {
      id: 'write-file:logrotate',
      step: { kind: 'write-file', path: '/etc/logrotate.d/netdata', content, mode: 0o644, when: 'absent', ifDirectory: true },
      reason: 'Without it the logs of the agent grow for ever; one that is there already is left alone.',
    },
  ];
}

const groupsKey = 'NETDATA_ADDED_TO_GROUPS';
const pathOfRoot = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
