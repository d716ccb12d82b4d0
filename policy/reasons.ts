/**
 * Every reason code that Greenroom gives, with what it does to the pod (or pod's life) and its sentence. The code goes
 * to the annotation, metric, log and command line; the sentence to people.
 * What an outcome means for a pod is a table of docs/reference.md; a test holds its rows against the outcomes here.
 */
export const reasons = {
  // Admission.
  Injected: { outcome: 'inject', sentence: 'Greenroom was injected.' },
  NamespaceExcluded: {
    outcome: 'skip',
    sentence: "Pods of kube-system and of Greenroom's own namespace are never changed.",
  },
  PolicyOff: { outcome: 'skip', sentence: "The policy's mode is Off." },
  MirrorPod: { outcome: 'skip', sentence: 'Static pods belong to their node and are left alone.' },
  HostNetwork: {
    outcome: 'skip',
    sentence: "The pod uses its node's network, and a node's IP must never be authorized.",
  },
  WindowsPod: { outcome: 'skip', sentence: 'Windows containers cannot run the helper.' },
  InjectFalse: { outcome: 'skip', sentence: 'The pod says greenroom.dev/inject: "false".' },
  NotRequested: { outcome: 'skip', sentence: 'The pod has keys of Greenroom, but not greenroom.dev/inject: "true".' },
  AnnotationUnknown: { outcome: 'fallback', sentence: 'Greenroom does not know this annotation or label.' },
  AnnotationMalformed: { outcome: 'fallback', sentence: "The annotation's or label's value cannot be read." },
  AnnotationNotAllowed: { outcome: 'fallback', sentence: 'The policy does not let pods say this.' },
  NotYetSupported: { outcome: 'warn', sentence: 'This release knows the annotation, but does nothing with it yet.' },
  PreStartNotRun: {
    outcome: 'warn',
    sentence: "The app container's command is not known, so a preStart hook of its image does not run.",
  },
  CheckNotPossible: {
    outcome: 'warn',
    sentence: "The app's readiness probe is not one that the sidecar can answer, so the marker does not follow it.",
  },
  DebugNotPossible: {
    outcome: 'warn',
    sentence: "No debugger is added to the app: its command is not known, or a port of Greenroom's is taken.",
  },
  LxcfsNotInstalled: {
    outcome: 'warn',
    sentence: 'No node that the pod may run on has the lxcfs agent, so nothing of it is mounted.',
  },
  LxcfsPodSecurity: {
    outcome: 'warn',
    sentence: "The namespace's Pod Security level refuses the volumes of lxcfs, so none is mounted.",
  },
  LxcfsUserNamespace: {
    outcome: 'warn',
    sentence: 'The pod has a user namespace of its own, so nothing of lxcfs is mounted.',
  },
  LxcfsRuntimeClass: {
    outcome: 'warn',
    sentence: "The pod's runtime class is one that lxcfs is not for, so nothing is mounted.",
  },
  LxcfsNoLimits: {
    outcome: 'warn',
    sentence: 'A container has no limit that lxcfs could show, so nothing is mounted there.',
  },
  LxcfsPathTaken: {
    outcome: 'warn',
    sentence: 'Something else is where a file of lxcfs goes, so that file is left out.',
  },
  LxcfsSharedProcesses: {
    outcome: 'warn',
    sentence: 'Containers share their processes, so lxcfs shows all of them the limits of one.',
  },
  CheckurlPortUnknown: {
    outcome: 'fallback',
    sentence: 'The checkurl names a port, or leaves it out, and the app container does not say its number.',
  },
  CheckurlPortUndeclared: { outcome: 'warn', sentence: "No container of the pod declares the checkurl's port." },
  CheckurlMissing: {
    outcome: 'refuse',
    sentence: 'There is no checkurl, and the app container has no httpGet or tcpSocket probe to derive it from.',
  },
  AppContainerUnclear: { outcome: 'refuse', sentence: "It is not clear which container is the app's." },
  AuthorizationEndpointMissing: {
    outcome: 'fallback',
    sentence: 'The pod asks for authorizations, but the policy names no authorization service.',
  },
  AnnouncerUnknown: { outcome: 'fallback', sentence: 'The policy has no announcer of this name.' },
  LifecycleHandlerUnsupported: {
    outcome: 'refuse',
    sentence: 'The app container has a postStart or preStop handler that cannot be kept.',
  },
  GracePeriodTooShort: {
    outcome: 'refuse',
    sentence: 'Drain, postOffline and revoke do not fit into the grace period.',
  },
  PortTaken: { outcome: 'refuse', sentence: "The pod declares every port that the policy offers for Greenroom's own." },
  NameTaken: { outcome: 'refuse', sentence: 'The pod has a container or volume with a name that Greenroom needs.' },
  MountPathTaken: {
    outcome: 'refuse',
    sentence: 'Something else is where Greenroom mounts, or below it.',
  },
  SettingsTooLarge: {
    outcome: 'refuse',
    sentence: "What the pod's containers are to be told does not fit into their environment.",
  },
  // Reported by the control plane.
  InjectionMissed: {
    outcome: 'repair',
    sentence: 'The pod was to be injected, but no webhook answered when it was created.',
  },
  EvictedForInjection: {
    outcome: 'repair',
    sentence: 'The pod was evicted, so that its controller makes one with Greenroom.',
  },
  EvictionsStopped: {
    outcome: 'repair',
    sentence: 'The pod came for an evicted one, and was missed too: evictions have stopped.',
  },
  // Start of a process.
  PolicyMalformed: { outcome: 'exit', sentence: 'The policy file cannot be read.' },
  OptionMalformed: { outcome: 'exit', sentence: 'The command line cannot be read.' },
  // Authorization, reported by the init container: its exit codes are in authorization/ending.ts.
  AuthorizationGranted: { outcome: 'proceed', sentence: 'The authorization service granted what was asked for.' },
  AuthorizationStands: {
    outcome: 'proceed',
    sentence: 'What was granted to this IP before could not be confirmed now.',
  },
  AuthorizationSkipped: {
    outcome: 'proceed',
    sentence: 'The service is down, and the policy lets the pod start without a grant.',
  },
  AuthorizationRefused: { outcome: 'block', sentence: 'The service refused. This pod asks no more.' },
  AuthorizationUnavailable: { outcome: 'block', sentence: 'The service did not answer, or answered with an error.' },
  AuthorizationThrottled: { outcome: 'block', sentence: 'The service throttles.' },
  AuthorizationQueued: {
    outcome: 'block',
    sentence: 'The service had not answered for good by the end of this start.',
  },
  AuthorizationAttemptsSpent: { outcome: 'block', sentence: 'Nothing was asked: all attempts are spent for now.' },
  AuthorizationInterrupted: { outcome: 'block', sentence: 'The pod was deleted while it was waiting for an answer.' },
  AuthorizationMisconfigured: { outcome: 'block', sentence: 'Settings, environment or token cannot be read.' },
  AuthorizationFailed: { outcome: 'block', sentence: 'An error that nobody foresaw.' },
  // The pod's life, reported by the sidecar.
  PreStartFailed: {
    outcome: 'failed',
    sentence: 'The preStart hook did not exit with 0, so the app was not started.',
    remedy:
      'Its output is in the log of the app container, or of greenroom-pre-start; mend it. Kubernetes starts it again.',
  },
  PreStartTimeout: {
    outcome: 'failed',
    sentence: 'The preStart hook was ended at its time limit, so the app was not started.',
    remedy: 'Mend it, or raise greenroom.dev/pre-start-timeout.',
  },
  CheckurlTimeout: {
    outcome: 'failed',
    sentence: 'The checkurl did not answer as expected within its limit.',
    remedy:
      "Check the port, and that the app listens on the pod's IP; slow start: raise greenroom.dev/checkurl-timeout.",
  },
  PreOnlineFailed: {
    outcome: 'failed',
    sentence: 'The preOnline hook did not exit with 0.',
    remedy: "Its output is in the sidecar's log; mend it, then say bring-online, or delete the pod.",
  },
  PreOnlineTimeout: {
    outcome: 'failed',
    sentence: 'The preOnline hook was ended at its time limit.',
    remedy: 'Mend it, or raise greenroom.dev/pre-online-timeout.',
  },
  VerifyFailed: {
    outcome: 'failed',
    sentence: 'The verify hook did not exit with 0.',
    remedy: "Its output is in the sidecar's log; mend it, then say bring-online, or delete the pod.",
  },
  VerifyTimeout: {
    outcome: 'failed',
    sentence: 'The verify hook was ended at its time limit.',
    remedy: 'Mend it, or raise greenroom.dev/verify-timeout.',
  },
  AgentLost: {
    outcome: 'failed',
    sentence: 'The app answers, but its agent is gone.',
    remedy: 'Delete the pod, or restart its app container; something in there ends foreign processes.',
  },
} as const satisfies Record<string, Row>

interface Sentence {
  readonly sentence: string
}

/** Who reads of a failure in a pod's state has nobody to ask: what to do stands beside what happened. */
type Row =
  | (Sentence & {
      readonly outcome: 'inject' | 'skip' | 'refuse' | 'fallback' | 'warn' | 'repair' | 'proceed' | 'block' | 'exit'
    })
  | (Sentence & { readonly outcome: 'failed'; readonly remedy: string })

export type Reason = keyof typeof reasons

export const isReason = (code: string): code is Reason => Object.hasOwn(reasons, code)

/** Why a pod runs without traffic. */
export type FailedReason = {
  [Code in Reason]: (typeof reasons)[Code]['outcome'] extends 'failed' ? Code : never
}[Reason]
