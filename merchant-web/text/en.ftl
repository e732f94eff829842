# Every word that the merchant page shows, in Project Fluent's syntax. An error says first what happened to the money, then what to do.
# A test compares the ids of this file with those that the source uses.

### The page

app = eCash for merchants
demo = demo
navigation = Screens
sign-out = Sign out
loading = Loading…
sending = Sending…
try-again = Try again
copy = Copy
copied = Copied
amount = Amount
look = Look
more = Show more

### Signing in

sign-in-title = Your shop's takings
sign-in-hint = See what was paid, refund it, and take payments at a till.
api-key = API key
key-hint = The operator of the mint gave it to you. It stays in this tab and is sent to this mint only.
keep-key = Stay signed in after reloading, until this tab is closed
sign-in = Sign in
signing-in = Signing in…
no-key = This is not an API key, or not all of it. A key begins with ek_ and has 54 characters.
account-token = This is your account token. It can do everything, so it belongs into no browser: sign in with an API key.

### Today

today = Today
takings = Takings
span = Span of time
span-today = Today
span-week = 7 days
span-month = 30 days
chart = Times are those of { $zone }.
bar = { $label }: { $amount } in { $count ->
        [one] 1 payment
       *[other] { $count } payments
    }
payments-count = { $count ->
        [0] No payments yet
        [one] 1 payment
       *[other] { $count } payments
    }
refunded-sum = { $amount } refunds
nothing-taken = Nothing was taken in this time.
balance = Balance
open-payments = Open payments
held-for-refunds = Refunds waiting to be claimed
newest-payments = Newest payments
no-payments = No payments yet.
open-till = Open the till
demo-notice = This mint issues play money. Nothing here is worth anything.
endpoint-fails = { $url } does not take our webhooks. Nothing is lost: events are kept and sent again.

### Payments

payments = Payments
payment = Payment
search = Search
search-for = Order or text
state = State
all-states = All
nothing-found = No payment begins with this text and is in this state.
state-open = Open
state-paid = Paid
state-cancelled = Cancelled
state-expired = Expired
refunded = Refunded
partly-refunded = Partly refunded
expires = Expires
created = Created
order = Order
tip = Tip
id = Payment
transaction = Transaction
receipt = Signed receipt
to-be-paid = To be paid
qr-pay = Code that opens the payment in a wallet
checkout-url = Address that pays it
cancel-payment = Cancel the payment
no-scope-refunds = This key may not refund payments: it lacks the scope refunds.

by-link = by link

### Refunds

refund = Refund
refunds = Refunds
refund-hint = At most { $amount }.
refund-at-most = At most { $amount } is left to refund.
refund-amount = Refund { $amount }
refund-sure = Really refund { $amount }?
reason = Reason, which the payer sees
refund-waits = Nobody knows who paid, so the payer fetches the refund: this address opens it in the wallet that paid, and so does that payment in the wallet. Until { $until }, then the money comes back to you.
refund-url = Address for the payer
qr-refund = Code that opens the refund in the wallet that paid
refund-open = Waits for the payer
refund-claimed = Claimed
refund-returned = Came back

### Money

money = Money
payouts = Payouts
payout-hint = The operator pays it to where you have agreed.
payout-at-most = Your balance is { $amount }.
reference = Note, such as a month
request-payout = Request a payout
payout-requested = Waits for the operator
payout-settled = Paid out
payout-rejected = Rejected; back in your balance
no-scope-payouts = This key may not request payouts: it lacks the scope payouts.
amount-unknown = unknown amount
export = Export
export-hint = Every change of your balance as a CSV file for spreadsheets and books, in UTC. It begins with the opening and ends with the closing balance. Or the signed receipts of the payments that were made in these days, of at most 32 days at once.
export-csv = Save CSV file
export-receipts = Save receipts (ZIP)
from = From
to = To, with this day
statement = Statement
no-statement = Nothing has changed your balance yet.
statement-goes-on = Older entries are in the export.
kind-fund = Paid in
kind-withdraw = Withdrawal
kind-payment = Payment
kind-refund = Refund
kind-payout = Payout
kind-payout-rejected = Payout rejected
kind-refund-returned = Refund came back
kind-other = Other

### Till

till = Till
till-hint = The payer scans the code, or opens it on the phone.
till-sale = Sale
what-for = What for
keypad = Keypad
delete-digit = Delete the last digit
charge = Show the code
till-waiting = Waiting for the payment…
pays-to = The payer's wallet shows { $merchant } as the payee.
new-sale = New sale
no-scope-payments = This key may not take payments: it lacks the scope payments.
no-amount = Enter an amount above zero.

### Links

links = Links to print
links-hint = Print a code for the counter, or put the address on a page. Each use is a payment of its own.
link-title = What for
link-amount = Amount; empty: the payer chooses
link-open-amount = the payer chooses
link-off = off
link-url = Address
make-link = Make a link
print = Print
switch-off = Switch off
switch-on = Switch on
qr-link = Code that pays for { $title }

### Developers

developers = Developers
start = First steps
start-server = On your server, when the page is made:
start-page = In the page:
endpoints = Webhooks
no-endpoints = No address yet. Your server completes an order when a webhook says that it is paid.
new-endpoint = Address of your server
add-endpoint = Add the address
endpoint-secret = Secret that signs the webhooks
secret-once = Copy it now: it is shown only once.
endpoint-enabled = Enabled
endpoint-paused = Paused: events are kept
endpoint-disabled = Disabled after days of failures: events are kept
failing-since = No success since { $since }
send-test = Send a test
test-sent = A test event is on its way.
pause = Pause
enable = Enable
no-scope-webhooks = This key may not manage webhooks: it lacks the scope webhooks.
keys = API keys
new-key = What the new key is for
may = It may
make-key = Make a key
revoke = Revoke
revoke-sure = Really revoke? Servers that use it stop working.
revoked = Revoked
never-used = Never used
last-used = Last used on { $day }
no-scope-keys = This key may not make other keys: it lacks the scope keys.
domains = Your shop's addresses
no-domains = None yet.
domains-hint = Payers see an address once the mint has verified it. Add one with your account token, by POST /api/v1/merchant/domains, or ask the operator.
verified = Verified
not-verified = Not verified

### Errors

error-unreachable = The mint did not answer. If you were changing something, look whether it is done before you do it again.
error-repeat = The mint did not answer. It may have been done, or not: press the button again on this screen, and it happens once.
error-earlier-attempt = An earlier attempt with other values has reached the mint. Look at what is there before you do it again.
error-not-understood = The mint's answer was not understood. Reload the page, and look at the payment before you do it again.
error-unauthorized = The mint does not know this key. It may have been revoked: make another one.
error-wrong-mode = This key is for another kind of mint: test keys work where money is play money, live keys where it is real.
error-scope = This key may not do that. Nothing was changed.
error-balance = Your balance is too small. Nothing was changed.
error-paid = It was paid in this moment. It cannot be cancelled any more; you can refund it.
error-refund-impossible = Whoever paid left no way for a refund, for example by paying without a wallet. Pay them back by hand.
error-refund-too-large = That is more than is left to refund. Nothing was changed.
error-rate-limited = Too many requests in this moment. Nothing was changed: wait a second and try again.
error-unavailable = The mint could not answer in this moment. If you were changing something, look whether it is done before you do it again.
error-not-payable = Nothing was changed. The amount cannot be paid exactly; { $detail }.
error-refused = Nothing was changed: { $detail } ({ $code })
