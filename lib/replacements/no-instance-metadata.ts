/** Takes the place of the SDK's question to the metadata service of EC2: Lambda has none and sets AWS_REGION. */
export const getInstanceMetadataRegion = async () => undefined;
