export { imageReference, OUR_REPOSITORY } from "./reference";
export { type ImageEntry, IMAGES, type ImageName } from "./table";
