/** Where the cluster is: ../parts/settings.sh. */
export const clusterFolder = process.env.GREENROOM_CLUSTER ?? '/tmp/greenroom-cluster'
