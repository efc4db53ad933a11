import { type BuildAgentStep, buildAgent } from './build-agent.ts';
import { type BuildDependencyStep, buildDependency } from './build-dependency.ts';
import { type ClaimByAgentStep, claimByAgent } from './claim-by-agent.ts';
import { type ClaimNodeStep, claimNode } from './claim-node.ts';
import { type CompleteStageStep, completeStage } from './complete-stage.ts';
import { type CreateAccountStep, createAccount } from './create-account.ts';
import { type CreateDirectoryStep, createDirectory } from './create-directory.ts';
import { type CreateIdentityStep, createIdentity } from './create-identity.ts';
import type { StepDefinition } from './definition.ts';
import { type EditConfigurationStep, editConfiguration } from './edit-configuration.ts';
import { type FetchArtifactStep, fetchArtifact } from './fetch-artifact.ts';
import { type InstallPackagesStep, installPackages } from './install-packages.ts';
import { type InstallServiceStep, installService } from './install-service.ts';
import { type InstallTreeStep, installTree } from './install-tree.ts';
import { type JoinGroupsStep, joinGroups } from './join-groups.ts';
import { type RestoreClaimStep, restoreClaim } from './restore-claim.ts';
import { type StartServiceStep, startService } from './start-service.ts';
import { type StopServiceStep, stopService } from './stop-service.ts';
import { type UnclaimNodeStep, unclaimNode } from './unclaim-node.ts';
import { type UnpackArchiveStep, unpackArchive } from './unpack-archive.ts';
import { type VerifyAgentStep, verifyAgent } from './verify-agent.ts';
import { type VerifyCloudLinkStep, verifyCloudLink } from './verify-cloud-link.ts';
import { type VerifyNewLinkStep, verifyNewLink } from './verify-new-link.ts';
import { type VerifyOpensslStep, verifyOpenssl } from './verify-openssl.ts';
import { type VerifyUnclaimedStep, verifyUnclaimed } from './verify-unclaimed.ts';
import { type WriteFileStep, writeFile } from './write-file.ts';

/** Everything that kickstart can do to a machine, as data. */
export type Step =
  | BuildAgentStep
  | BuildDependencyStep
  | ClaimByAgentStep
  | ClaimNodeStep
  | CompleteStageStep
  | CreateAccountStep
  | CreateDirectoryStep
  | CreateIdentityStep
  | EditConfigurationStep
  | FetchArtifactStep
  | InstallPackagesStep
  | InstallServiceStep
  | InstallTreeStep
  | JoinGroupsStep
  | RestoreClaimStep
  | StartServiceStep
  | StopServiceStep
  | UnclaimNodeStep
  | UnpackArchiveStep
  | VerifyAgentStep
  | VerifyCloudLinkStep
  | VerifyNewLinkStep
  | VerifyOpensslStep
  | VerifyUnclaimedStep
  | WriteFileStep;

/** Every kind of step with its behaviour. A kind without a row does not compile. */
export const stepDefinitions = {
  'build-agent': buildAgent,
  'build-dependency': buildDependency,
  'claim-by-agent': claimByAgent,
  'claim-node': claimNode,
  'complete-stage': completeStage,
  'create-account': createAccount,
  'create-directory': createDirectory,
  'create-identity': createIdentity,
  'edit-configuration': editConfiguration,
  'fetch-artifact': fetchArtifact,
  'install-packages': installPackages,
  'install-service': installService,
  'install-tree': installTree,
  'join-groups': joinGroups,
  'restore-claim': restoreClaim,
  'start-service': startService,
  'stop-service': stopService,
  'unclaim-node': unclaimNode,
  'unpack-archive': unpackArchive,
  'verify-agent': verifyAgent,
  'verify-cloud-link': verifyCloudLink,
  'verify-new-link': verifyNewLink,
  'verify-openssl': verifyOpenssl,
  'verify-unclaimed': verifyUnclaimed,
  'write-file': writeFile,
} satisfies { [Kind in Step['kind']]: StepDefinition<Extract<Step, { kind: Kind }>, unknown> };

/** How the engine sees a step: it knows none by name. */
export type DefinitionOf = (step: { kind: string }) => StepDefinition<Step, unknown> | undefined;

/** The behaviour of a step in a plan or in a receipt; undefined for a kind that only another version of kickstart knows. */
export const definitionOf: DefinitionOf = ({ kind }) => {
  if (!Object.hasOwn(stepDefinitions, kind)) return undefined;
  // The cast: the table has, under each kind, the definition for steps of that kind, but the type system cannot follow a kind that is only known at run time.
  return stepDefinitions[kind as Step['kind']] as StepDefinition<Step, unknown>;
};
