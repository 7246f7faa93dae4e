export { OUR_REPOSITORY, type Recipe, readRecipe, recipeNames } from "./recipe";
export { type ImageOrigin, imageOrigin, imageReference } from "./reference";
export { IMAGES, type ImageEntry, type ImageName } from "./table";
