import type { OptionName } from './option-table.ts';

/**
 * An option of the reference script that has no row in `optionTable`.
 * `becomes`: another name of one of ours, with its own value or with this one. `note`: it is accepted, and this is said of it; without `note` kickstart does what it asks for anyway.
 * `refused`: to leave it out of account would do something else than was asked for.
 */
export type ScriptOption = {
  /** How many words follow it, at most; 0 for a switch. */
  values: number;
} & ({ becomes: OptionName; value?: string } | { note?: string } | { refused: { why: string; next: string } });

const neverAsks = { values: 0, note: 'kickstart never asks a question.' };
const noUpdater = 'this version of kickstart sets up no automatic updates: run it again to upgrade.';
const ofInstaller = { values: 0, note: 'kickstart checks for itself what this machine has.' };
const onlyBuilds = {
  values: 0,
  refused: {
    why: 'This version of kickstart builds the agent from its sources, and installs neither native packages nor static archives.',
    next: "Leave the option out to build the agent, or use Netdata's own kickstart.sh for packages and static archives.",
  },
};
const offline = {
  values: 1,
  refused: {
    why: 'Offline sources of the reference script hold static archives, and this version of kickstart builds from sources.',
    next: 'Name a mirror of the releases with --release-url URL, and a directory with the archives of libraries with --bundle DIRECTORY.',
  },
};
const onlyNewest = {
  values: 1,
  refused: {
    why: 'This version of kickstart installs the newest release that its release server has.',
    next: 'Leave the option out, or name a mirror with --release-url URL whose /latest leads to the wanted version.',
  },
};

/** Without dashes. Source: spec/kickstart-behaviour.md 1; agent packaging/installer/kickstart.sh and kickstart-static64.sh, v1.21.0 to v2.11.0. */
export const scriptOptionTable: Readonly<Record<string, ScriptOption>> = {
  all: { values: 0, note: 'kickstart installs what the build needs, and no more.' },
  'dont-wait': neverAsks,
  'non-interactive': neverAsks,
  interactive: neverAsks,
  accept: neverAsks,
  yes: neverAsks,
  y: neverAsks,
  force: neverAsks,
  'no-cleanup': {
    values: 0,
    note: 'kickstart takes its temporary files away; --keep-on-failure leaves those of a run that failed.',
  },
  'stable-channel': { values: 0, becomes: 'release-channel', value: 'stable' },
  'nightly-channel': { values: 0, becomes: 'release-channel', value: 'nightly' },
  'no-updates': { values: 0 },
  'auto-update': { values: 0, note: noUpdater },
  u: { values: 0, note: noUpdater },
  'auto-update-type': { values: 1, note: noUpdater },
  'auto-update-method': { values: 1, note: noUpdater },
  reinstall: { values: 0, note: 'kickstart checks the agent that is here, and builds only what is newer.' },
  'reinstall-even-if-unsafe': { values: 0, note: 'kickstart installs over no agent of somebody else.' },
  'allow-duplicate-install': { values: 0, note: 'kickstart installs over no agent of somebody else.' },
  'reinstall-clean': {
    values: 0,
    refused: {
      why: 'This version of kickstart takes an agent away and installs one in two runs.',
      next: 'Run kickstart uninstall, then kickstart again.',
    },
  },
  uninstall: {
    values: 0,
    refused: {
      why: 'It is a command here: kickstart uninstall takes away all that kickstart installed.',
      next: 'Run kickstart uninstall; with --install PREFIX for an agent below a prefix.',
    },
  },
  'repositories-only': {
    values: 0,
    refused: { why: onlyBuilds.refused.why, next: "Use Netdata's own kickstart.sh to set up its package repositories." },
  },
  'native-only': onlyBuilds,
  'static-only': onlyBuilds,
  'install-prefix': { values: 1, becomes: 'install' },
  'install-no-prefix': {
    values: 1,
    refused: {
      why: 'kickstart installs below PREFIX/netdata, so that an agent has a directory of its own.',
      next: 'Write --install PREFIX for PREFIX/netdata.',
    },
  },
  'old-install-prefix': { values: 1, note: 'kickstart knows its installs by their receipts; --install PREFIX names one.' },
  'install-version': onlyNewest,
  'install-major-version': onlyNewest,
  'distro-override': {
    values: 1,
    note: 'kickstart reads the distribution from os-release, and its builds are the same on all of them.',
  },
  'dont-start-it': {
    values: 0,
    refused: {
      why: 'kickstart proves that what it installed works, and has to start the agent for that.',
      next: 'Leave the option out, and stop the agent afterwards.',
    },
  },
  'static-install-options': { values: 1, note: 'they are for static archives, and kickstart builds the agent.' },
  'prepare-offline-install-source': offline,
  'offline-install-source': offline,
  'offline-architecture': offline,
  'local-files': { ...offline, values: 5 },
  // Words for the installer of the source tree, which the script hands on.
  'zlib-is-really-here': ofInstaller,
  'libs-are-really-here': ofInstaller,
  'skip-available-ram-check': ofInstaller,
  'one-time-build': ofInstaller,
  'dont-scrub-cflags-even-though-it-may-break-things': ofInstaller,
  'build-judy': ofInstaller,
  'build-json-c': ofInstaller,
  'aclk-ng': { values: 0, note: 'kickstart builds the link that this version of the agent has.' },
  'aclk-legacy': { values: 0, note: 'kickstart builds the link that this version of the agent has.' },
  'use-system-lws': { values: 0, becomes: 'use-system-libs' },
  'use-system-protobuf': { values: 0, becomes: 'use-system-libs' },
};
