import type { LinkCheck, LinkSubject } from './link-checks.ts';

/** What can be seen of the agent on its own machine. */
export function agentChecks(subject: LinkSubject): readonly LinkCheck[] {
  return rows.flatMap((row) => row(subject) ?? []);
}

type Row = (subject: LinkSubject) => LinkCheck | undefined;

const running: Row = ({ runs, program, unheard }) => {
  if (runs === true) return { layer: 'running', result: 'pass', seen: `${program} runs.` };
  return {
    layer: 'running',
    result: 'fail',
    code: runs === 'unknown' ? 'LINK_AGENT_UNPROVEN' : 'LINK_AGENT_STOPPED',
    seen: unheard?.seen ?? `The agent does not run: there is no process of ${program}.`,
    fix: unheard?.fix ?? 'Start it; it takes the claim up by itself.',
  };
};

const answering: Row = ({ says, port, unheard }) => {
  if (says !== undefined) return { layer: 'answering', result: 'pass', seen: 'The agent answers, and the answer is its own.' };
  return {
    layer: 'answering',
    result: 'fail',
    code: unheard === undefined || unheard.kind === 'silent' ? 'LINK_AGENT_SILENT' : 'LINK_AGENT_UNPROVEN',
    seen: unheard?.seen ?? `The agent does not answer on port ${port}.`,
    fix:
      unheard?.fix ??
      `Look at [web] in netdata.conf: "bind to" and "default port"; and who else uses the port: ss -ltnp 'sport = :${port}'.`,
  };
};

const cloudEnabled: Row = ({ says, cloudSwitch, port }) => {
  if (says?.cloudEnabled) return { layer: 'cloud-enabled', result: 'pass', seen: 'The agent says cloud-enabled: true.' };
  return {
    layer: 'cloud-enabled',
    result: 'fail',
    code: 'LINK_CLOUD_DISABLED',
    seen: says?.cloudAvailable
      ? 'The agent says cloud-enabled: false: Cloud is switched off in its settings.'
      : 'The agent says cloud-enabled: false: it was built with --disable-cloud, or Cloud is switched off in its settings.',
    fix: switchOn(cloudSwitch, port),
  };
};

// Source: spec/claiming-and-link.md 3.3 and 5.1.
function switchOn(cloudSwitch: LinkSubject['cloudSwitch'], port: number): string {
  if (cloudSwitch === undefined) return `Agents from 2.0 on have no such switch: look at who answers on port ${port}.`;
  const { path, line, isOn } = cloudSwitch;
  return isOn
    ? `${path} has "${line}": start the agent again, it reads that when it starts. If it says so then too, it was built with --disable-cloud, or NETDATA_DISABLE_CLOUD is in its environment.`
    : `Write "${line}" below [global] in ${path}, and start the agent again.`;
}

const cloudAvailable: Row = ({ says }) => {
  if (says?.cloudAvailable) return { layer: 'cloud-available', result: 'pass', seen: 'The agent says cloud-available: true.' };
  return {
    layer: 'cloud-available',
    result: 'fail',
    code: 'LINK_NOT_BUILT_IN',
    seen: 'The agent says cloud-available: false: it was built without what the link needs.',
    fix: 'It needs to be built or installed again with Cloud, in the way it came here. For one that kickstart installed: kickstart uninstall, then install again with --require-cloud, which names the missing library.',
  };
};

// Before the claim: what cannot be read is why the agent does not see its claim.
const credentials: Row = ({ unreadable, claimDirectory, user }) => {
  if (unreadable === undefined) {
    return { layer: 'credentials', result: 'pass', seen: `Nothing keeps the agent from reading its files in ${claimDirectory}.` };
  }
  return {
    layer: 'credentials',
    result: 'fail',
    code: 'LINK_CREDENTIALS_UNREADABLE',
    seen: unreadable,
    fix: `Give the files to the agent: chown -R ${user}: ${claimDirectory}; then start it again.`,
  };
};

const claimed: Row = ({ says, claimId, saysClaimId = claimId, claimDirectory }) => {
  if (says?.claimed && claimId !== undefined && saysClaimId !== claimId) {
    return {
      layer: 'claimed',
      result: 'fail',
      code: 'CLAIM_RESTART_NEEDED',
      seen: `The agent says that it is claimed as node ${saysClaimId}, and ${claimDirectory} has the claim ${claimId}: it has not read it.`,
      fix: 'Start the agent again: it reads its claim then.',
    };
  }
  if (says?.claimed) return { layer: 'claimed', result: 'pass', seen: 'The agent says agent-claimed: true.' };
  return {
    layer: 'claimed',
    result: 'fail',
    code: 'LINK_NOT_CLAIMED',
    seen:
      claimId === undefined
        ? `The agent says agent-claimed: false: there is no claim in ${claimDirectory}.`
        : `The agent says agent-claimed: false, and ${claimDirectory} has the claim ${claimId}: it has not read it.`,
    fix:
      claimId === undefined
        ? 'Claim it: kickstart claim --claim-token-file FILE.'
        : 'Start the agent again: it reads its claim then.',
  };
};

const rows: readonly Row[] = [running, answering, cloudEnabled, cloudAvailable, credentials, claimed];
