/** Greenroom's own version; a test holds it equal to package.json's, which the bundles do not carry. */
export const version = '0.1.0'
