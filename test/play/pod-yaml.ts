import { Document, isMap, isScalar, type Node, visit } from 'yaml'

/** Longer than this, a collection gets a line for each of its members. */
const longestFlow = 100

/** A pod as people read it: small maps and lists on one line each, but for the metadata, where every key has its own. */
export function podYaml(pod: unknown): string {
  const document = new Document(pod)
  visit(document, {
    Pair: (_, { key }) => (isScalar(key) && key.value === 'metadata' ? visit.SKIP : undefined),
    Map: (_, map) => {
      if (fits(map)) map.flow = true
    },
    Seq: (_, seq) => {
      if (fits(seq) && !seq.items.some(isMap)) seq.flow = true
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

function fits(node: Node): boolean {
  return JSON.stringify(node).length <= longestFlow
}
