/** The body of an answer that is no review: one sentence for people, in JSON. */
export const sentence = (message: string): string => JSON.stringify({ message })

export const noReview = sentence('The body is no AdmissionReview of admission.k8s.io/v1.')
