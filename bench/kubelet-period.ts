/**
 * The kubelet looks once a second whether a container has ended (its generic PLEG), and much of what happens to pods happens
 * then. What waits for such a thing and goes on at once would always meet the same part of the next second, so that a
 * bench's rounds divide it among them.
 */
const kubeletPeriodMs = 1000

/** How long to wait in a round, in milliseconds: over all rounds, each part of the second as long. */
export function partOfPeriod(round: number, rounds: number): number {
  return ((round % rounds) / rounds) * kubeletPeriodMs
}
