/** Where the local world's one edge location is, and the Region whose replica of the edge function it runs. */
export const EDGE_LOCATION = "FRA56-P4";
export const EDGE_LOCATION_REGION = "eu-central-1";
