import { KickstartError } from '../errors.ts';
import { agentLayout, rootOfProgram } from '../host/agent-layout.ts';
import type { HostFacts } from '../host/facts.ts';
import type { PlacePurpose } from '../host/own-places.ts';
import { packageManagers } from '../host/package-managers.ts';
import { needsOfAll } from './agent-needs.ts';
import { agentService } from './agent-service.ts';
import { canInstallPackages } from './can-install-packages.ts';
import type { InstallOptions } from './install-options.ts';
import { howToClaim, isClaimedAsItIs, noAgentToClaim } from './refuse-claim.ts';
import { toolsMissing } from './refuse-tools.ts';

type Rule = (options: InstallOptions, facts: HostFacts) => KickstartError | undefined;

/** Every reason not to touch this machine, all of them, so that nobody meets them one after the other. Empty: go on. */
export function refusals(options: InstallOptions, facts: HostFacts): readonly KickstartError[] {
  if (isClaimAlone(options, facts)) return claimRules.flatMap((rule) => rule(options, facts) ?? []);
  const found = installRules.flatMap((rule) => rule(options, facts) ?? []);
  // Alone it is said when the release is known, with all that this one needs.
  return found.length === 0 ? found : [...found, ...(missingTools(options, facts) ?? [])];
}

const wrongSystem: Rule = (_options, { platform }) => {
  if (platform.kernel === 'Linux') return undefined;
  return new KickstartError('HOST_UNSUPPORTED_SYSTEM', {
    what: `kickstart cannot install on ${platform.kernel} yet.`,
    why: 'This version knows the accounts, services and packages of Linux only.',
    next: 'Run it on a Linux machine.',
  });
};

const foreignReason = {
  'distribution-package': 'installed by a package of the distribution',
  'netdata-package': "installed by one of Netdata's own packages, which this version of kickstart does not manage",
  static: 'a static build, which this version of kickstart does not manage',
  'kickstart-build': "built by a kickstart script, Netdata's own or one whose receipt is not here",
  build: 'built from sources by somebody else',
  unknown: 'and nothing tells how it came here',
} as const;

const foreignInstall: Rule = (options, facts) => {
  const { root, claim } = options;
  const { existingInstall: existing, packageManager } = facts;
  if (existing.kind !== 'foreign' || (claim !== undefined && isBuiltByHand(existing, root))) return undefined;
  if (isClaimedAsItIs(options, facts)) return undefined;
  const found = `Netdata${existing.version === undefined ? '' : ` ${existing.version}`} is at ${existing.path}`;
  if (existing.how === 'container') {
    return new KickstartError('HOST_CONTAINER', {
      what: 'This is an agent container, and kickstart does not change it.',
      why: `${found}; it belongs to the image of the container.`,
      next: 'Use the tools that made the container; it claims itself with NETDATA_CLAIM_TOKEN, NETDATA_CLAIM_URL and NETDATA_CLAIM_ROOMS.',
    });
  }
  const remove =
    existing.package === undefined || packageManager === undefined
      ? 'Remove it the way it was installed'
      : `Remove it with: ${packageManagers[packageManager].remove([existing.package]).join(' ')}`;
  const others = existing.others.map((program) => ` Another agent is ${program}.${howToClaim(program)}`).join('');
  return new KickstartError('EXISTING_INSTALL_UNSUPPORTED', {
    what:
      existing.how === 'kickstart-build'
        ? 'Existing install was built by another kickstart, and this one does not upgrade it.'
        : 'Existing install appears to be handled manually or through the system package manager.',
    why: `${found}, ${foreignReason[existing.how]}; installing over it would break it.${others}`,
    next: `${remove}; then run kickstart again.${howToClaim(existing.path)}`,
  });
};

/** An agent that somebody built from sources at this very root: it can be claimed as it is, as the reference script does, and nothing else. */
export function isBuiltByHand(existing: HostFacts['existingInstall'], root: string): boolean {
  return (
    existing.kind === 'foreign' && ['build', 'kickstart-build'].includes(existing.how) && rootOfProgram(existing.path) === root
  );
}

/** Nothing is built or installed: the agent that is here is claimed as it is. */
function isClaimAlone({ root, claim, claimOnly }: InstallOptions, { existingInstall: existing }: HostFacts): boolean {
  return claimOnly || (claim !== undefined && (existing.kind === 'ours' || isBuiltByHand(existing, root)));
}

const serviceOfAnother: Rule = (options, facts) => {
  const { program, name, manager } = agentService(options, facts, false);
  const other = facts.serviceProgram;
  // An agent of somebody else is refused, or claimed as it is, whatever its service starts.
  if (manager === 'none' || other === undefined || other === program || facts.existingInstall.kind === 'foreign')
    return undefined;
  return new KickstartError('EXISTING_SERVICE', {
    what: `The service ${name} of this machine is another agent: it starts ${other}.`,
    why: `A machine has one service of that name, and ${program} would need it.`,
    next: 'Take the other agent away first (kickstart uninstall --install PREFIX, if kickstart installed it), then run kickstart again.',
  });
};

const noRoot: Rule = ({ root }, { privileges }) => {
  if (root !== '' || privileges.isRoot) return undefined;
  return new KickstartError('HOST_NO_ROOT', {
    what: `An install into the system needs root, and this is ${privileges.userName}.`,
    why: 'It makes an account and a service, and writes to /usr and /etc.',
    next: `${privileges.elevateWith === undefined ? 'Run it as root' : `Run it with ${privileges.elevateWith}`}, or install below a directory of your own with --install PREFIX.`,
  });
};

const unwritablePrefix: Rule = ({ root }, { prefixWritable, prefixNearest, privileges }) => {
  if (prefixWritable || (root === '' && !privileges.isRoot)) return undefined;
  return new KickstartError('HOST_PREFIX_UNWRITABLE', {
    what: `The agent cannot be installed at ${root || '/'}.`,
    why: `${prefixNearest} cannot be written by ${privileges.userName}, or is no directory.`,
    next: 'Name another directory with --install PREFIX, or run kickstart as the user who may write there.',
  });
};

/** One rule for every command: root manages an agent only where root alone can change its programs. Else it runs as the user who can, and is theirs to manage. */
const othersPrograms: Rule = ({ root }, { othersPlace: place }) => {
  if (place === undefined) return undefined;
  return new KickstartError('HOST_PREFIX_UNTRUSTED', {
    what: `Root does not manage the agent at ${root || '/'}: others than root can change its programs.`,
    why: `${place.says} Root would run what they put there.`,
    next:
      place.user === undefined
        ? `Take that right away (chmod go-w ${place.path}), and run kickstart again.`
        : `Run kickstart as that user (sudo -u ${place.user} kickstart …), or have the agent where only root can write.`,
  });
};

/**
 * Makefiles and configure take paths apart at blanks, and give them to a shell: files would go elsewhere. Source: agent 1.37.1 health/Makefile.am
 * ($(INSTALL) -d $(DESTDIR)$(userhealthconfigdir)), autoconf's "unsafe srcdir value".
 */
const pathNoBuildTakes: Rule = ({ root, cacheDirectory, workDirectory }, { existingInstall }) => {
  if (existingInstall.kind === 'foreign') return undefined;
  const places = { '--install': root, '--cache-directory': cacheDirectory, '--work-directory': workDirectory };
  const [option, path] = Object.entries(places).find(([, place]) => !/^[\p{L}\p{N}@%+=:,./_-]*$/u.test(place)) ?? [];
  if (option === undefined || path === undefined) return undefined;
  return new KickstartError('HOST_PREFIX_UNBUILDABLE', {
    what: `The agent cannot be built with the path "${path}".`,
    why: 'It has a blank, a quote or another character that is special to make and the shell, which would put files into other places.',
    next: `Name a path without them with ${option}.`,
  });
};

/** kickstart's own directories, and where the agent goes. A claim needs only the receipt. */
const unusablePlace: Rule = (options, facts) => {
  const builds = !isClaimAlone(options, facts);
  // Whether another user than root may claim here at all comes first: see refuse-claim-user.ts.
  const isAsked = (purpose: PlacePurpose) => builds || (purpose === 'state' && facts.privileges.isRoot);
  const place = facts.unusablePlaces?.find(({ purpose }) => isAsked(purpose));
  if (place === undefined) return undefined;
  const { noun, option: usual } = placeWords[place.purpose];
  // A rehearsal is all in one directory.
  const option = options.service === 'direct' && place.purpose === 'agent' ? placeWords.work.option : usual;
  return new KickstartError('HOST_DIRECTORY_UNUSABLE', {
    what: `kickstart cannot use ${place.path}, ${noun}.`,
    why: place.why,
    next: `Name another directory with ${option}, or repair this one, and run kickstart again.`,
  });
};

const placeWords = {
  state: { noun: 'the directory for its receipt', option: '--state-directory DIRECTORY' },
  cache: { noun: 'the directory for archives and libraries', option: '--cache-directory DIRECTORY' },
  work: { noun: 'the directory that it builds in', option: '--work-directory DIRECTORY' },
  agent: { noun: 'where the agent is to be', option: '--install PREFIX' },
} as const satisfies Record<PlacePurpose, { noun: string; option: string }>;

const busyPort: Rule = ({ root }, { busyPort: busy }) => {
  if (busy === undefined) return undefined;
  return new KickstartError('HOST_PORT_BUSY', {
    what: `The agent needs port ${busy.port}, which another program uses.`,
    why: `${busy.says}.`,
    next: `Stop that program, or give the agent another port: write "default port = PORT" below [web] in ${agentLayout(root).configurationFile}; then run kickstart again.`,
  });
};

function missingTools(options: InstallOptions, facts: HostFacts): readonly KickstartError[] {
  // A claim of an agent that is here builds nothing.
  if (options.claim !== undefined && ['ours', 'foreign'].includes(facts.existingInstall.kind)) return [];
  const tools = needsOfAll.filter((tool) => facts.missingBuildTools.includes(tool));
  return tools.length === 0 || canInstallPackages(facts) ? [] : [toolsMissing('The agent', tools, facts)];
}

const installRules: readonly Rule[] = [
  wrongSystem,
  foreignInstall,
  serviceOfAnother,
  noRoot,
  unwritablePrefix,
  othersPrograms,
  unusablePlace,
  pathNoBuildTakes,
  busyPort,
];
const claimRules: readonly Rule[] = [wrongSystem, noAgentToClaim, foreignInstall, othersPrograms, unusablePlace];
