/** The best `count` of many, without sorting them: Hoare's selection. */

/**
 * Rearranges `places` so that the best come first, and returns these (in no order).
 * `scores[place]` is what counts.
 */
export function selectBest(places: Int32Array, scores: Float64Array, count: number): Int32Array {
  if (places.length <= count) return places;
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const pivot = scores[places[(low + high) >>> 1] as number] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((scores[places[left] as number] as number) > pivot) left++;
      while ((scores[places[right] as number] as number) < pivot) right--;
      if (left > right) break;
      const swapped = places[left] as number;
      places[left++] = places[right] as number;
      places[right--] = swapped;
    }
    if (count - 1 <= right) high = right;
    else if (count - 1 >= left) low = left;
    else break;
  }
  return places.subarray(0, count);
}
