import { faker } from "@faker-js/faker/locale/en";
import { hash128 } from "../random";
import type { Words } from "./shop";

const CITIES = 200;

/** Names of products and cities; the same for the same seed. The only use of faker: it is too slow for every event. */
export function makeWords(seed: number, products: number): Words {
    faker.seed(hash128(`${seed}/words`)[0]);
    return {
        productNames: Array.from({ length: products }, () => faker.company.catchPhrase()),
        cities: Array.from({ length: CITIES }, () => faker.location.city()),
    };
}
