// What the shop sells, in minor units of the mint's currency.

export const goods = [
  { id: "espresso", name: "Espresso", note: "a double, no sugar", price: 20 },
  { id: "croissant", name: "Croissant", note: "from this morning", price: 30 },
  { id: "bread", name: "Rye bread", note: "a whole loaf", price: 50 },
  { id: "honey", name: "Jar of honey", note: "from the roof", price: 120 },
];
