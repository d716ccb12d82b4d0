import { kubectl, kubectlWith } from './kubectl.ts'

const registration = 'validatingwebhookconfiguration/greenroom'

/**
 * Takes away the registration by which who applies a workload is told of mistakes, so that one with a mistake can be there, as one from
 * before Greenroom. `mistaken` is one that would be refused, tried without a trace. Resolves to the way back.
 */
export async function withoutAdvice(namespace: string, mistaken: object): Promise<() => Promise<void>> {
  const isRefused = async () =>
    (await kubectlWith([mistaken], 'create', '-n', namespace, '--dry-run=server')).code !== 0
  await kubectl('delete', registration)
  // The API server itself hears of a registration a moment later than its readers.
  while (await isRefused());
  return async () => {
    await kubectl('apply', '-k', 'test/cluster/overlay')
    await kubectl('wait', registration, '--for=jsonpath={.webhooks[0].clientConfig.caBundle}', '--timeout=60s')
    while (!(await isRefused()));
  }
}
