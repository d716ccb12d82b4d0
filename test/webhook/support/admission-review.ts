import { z } from 'zod'

/**
 * The request of an AdmissionReview, as far as it is read. Only `v1`: it is all that the registration offers.
 * Source: https://kubernetes.io/docs/reference/config-api/apiserver-admission.v1/
 */
export const admissionReviewSchema = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1),
    kind: z.looseObject({ group: z.string().default(''), kind: z.string() }),
    namespace: z.string().default(''),
    operation: z.string(),
    dryRun: z.boolean().default(false),
    object: z.unknown(),
  }),
})
