# The texts of the merchant page, in Project Fluent's syntax. An error first states what happened to the money, then what to do.
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
open = Open
more = Show more

### Signing in

sign-in-title = Your shop's takings
sign-in-hint = See what was paid, refund it, and take payments at a till.
api-key = API key
key-hint = You get it from the operator of the mint. It stays in this tab and is sent to this mint only.
keep-key = Stay signed in after reloading, until this tab is closed
sign-in = Sign in
signing-in = Signing in…
no-key = This is not a complete API key. A key begins with ek_ and has 54 characters.
account-token = This is your account token. It gives full access, so do not enter it in a browser: sign in with an API key.

### Today

today = Today
takings = Takings
span = Time span
span-today = Today
span-week = 7 days
span-month = 30 days
chart = Times in { $zone }.
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
nothing-taken = No takings in this time span.
balance = Balance
open-payments = Open payments
held-for-refunds = Refunds waiting to be claimed
newest-payments = Newest payments
no-payments = No payments yet.
open-till = Open the till
demo-notice = This mint issues play money. It has no value.
endpoint-fails = { $url } does not accept webhooks. Nothing is lost: events are stored and sent again.

### Payments

payments = Payments
payment = Payment
search = Search
search-for = Order or text
state = State
all-states = All
nothing-found = No payments match this search.
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
to-be-paid = Awaiting payment
qr-pay = Code that opens the payment in a wallet
checkout-url = Checkout URL
cancel-payment = Cancel the payment
no-scope-refunds = This key may not refund payments: it lacks the scope refunds.

by-link = by link
order-named = order { $order }

### Refunds

refund = Refund
refunds = Refunds
refund-hint = At most { $amount }.
refund-at-most = At most { $amount } can be refunded.
refund-amount = Refund { $amount }
refund-sure = Really refund { $amount }?
reason = Reason (shown to the payer)
refund-waits = Payments are anonymous, so the payer must claim the refund: at this address, or from the payment in the wallet. If it is not claimed by { $until }, the money returns to you.
refund-url = Address for the payer
qr-refund = Code that opens the refund in the wallet that paid
refund-open = Waiting for the payer
refund-claimed = Claimed
refund-returned = Returned to you

### Money

money = Money
payouts = Payouts
payout-hint = The operator pays it to the account that you have agreed on.
payout-at-most = Your balance is { $amount }.
reference = Note, such as a month
request-payout = Request a payout
payout-requested = Waiting for the operator
payout-settled = Paid out
payout-rejected = Rejected; returned to your balance
no-scope-payouts = This key may not request payouts: it lacks the scope payouts.
amount-unknown = unknown amount
export = Export
export-hint = The CSV file lists every change of your balance, with the opening and closing balances. Times are in UTC. The ZIP file contains the signed receipts of payments and refunds, for at most 32 days at once.
export-csv = Save CSV file
export-receipts = Save receipts (ZIP)
from = From
to = To (inclusive)
statement = Statement
no-statement = Nothing has changed your balance yet.
statement-goes-on = Older entries are in the export.
kind-fund = Paid in
kind-withdraw = Withdrawal
kind-payment = Payment
kind-refund = Refund
kind-payout = Payout
kind-payout-rejected = Payout rejected
kind-refund-returned = Refund returned
kind-other = Other

### Till

till = Till
till-hint = The payer scans the code, or opens it on the phone.
till-sale = Sale
what-for = Description
keypad = Keypad
delete-digit = Delete the last digit
charge = Show the code
till-waiting = Waiting for the payment…
till-until = Can be paid until { $time }
pays-to = The payer's wallet shows { $merchant } as the payee.
new-sale = New sale
no-scope-payments = This key may not take payments: it lacks the scope payments.
no-amount = Enter an amount greater than zero.

### Links

links = Links to print
links-hint = Print a code for the counter, or put the address on a page. Each use creates a separate payment.
link-title = Description
link-amount = Amount (leave empty to let the payer choose)
link-open-amount = any amount
link-off = off
link-url = Address
make-link = Create a link
print = Print
switch-off = Switch off
switch-on = Switch on
qr-link = Code that pays for { $title }

### Developers

developers = Developers
start = First steps
start-server = On your server, when it renders the page:
start-page = In the page:
endpoints = Webhooks
no-endpoints = No webhook address yet. Your server completes an order when a webhook reports that it is paid.
new-endpoint = Address of your server
add-endpoint = Add the address
endpoint-secret = Secret that signs the webhooks
secret-once = Copy it now: it is shown only once.
endpoint-enabled = Enabled
endpoint-paused = Paused: events are kept
endpoint-disabled = Disabled after days of failures: events are kept
failing-since = Failing since { $since }
send-test = Send a test
test-sent = A test event is on its way.
pause = Pause
rotate-secret = New secret
secret-rotated = Store this secret now: it is shown only once. For a day, deliveries are also signed with the old one.
remove = Remove
remove-sure = Really remove? What was not delivered is not sent any more.
deliveries = Deliveries
no-deliveries = Nothing was sent yet. Send a test.
reload = Reload
send-again = Send again
attempts = { $count ->
        [one] 1 attempt
       *[other] { $count } attempts
    }
delivery-pending = Pending
delivery-delivered = Delivered
delivery-given-up = Given up
enable = Enable
no-scope-webhooks = This key may not manage webhooks: it lacks the scope webhooks.
keys = API keys
new-key = What the new key is for
may = Permissions
make-key = Create a key
revoke = Revoke
revoke-sure = Really revoke? Servers that use it stop working.
revoked = Revoked
never-used = Never used
last-used = Last used on { $day }
no-scope-keys = This key may not create other keys: it lacks the scope keys.
domains = Your shop's addresses
no-domains = No addresses yet.
domains-hint = Payers see an address after the mint has verified it. Add one with your account token and POST /api/v1/merchant/domains, or ask the operator.
verified = Verified
not-verified = Not verified

### Errors

error-unreachable = The mint did not respond. If you were making a change, check whether it was made before you try again.
error-repeat = The mint did not respond, so the outcome is unknown. Press the button again on this screen: the change is made only once.
error-earlier-attempt = An earlier attempt with other values has reached the mint. Check its outcome before you try again.
error-not-understood = The mint's response was not understood. Reload the page, and check the payment before you try again.
error-unauthorized = The mint does not know this key. It may have been revoked: create another one.
error-wrong-mode = This key is for another kind of mint: test keys work where money is play money, live keys where it is real.
error-scope = This key may not do that. Nothing was changed.
error-balance = Your balance is too small. Nothing was changed.
error-paid = It has just been paid and can no longer be cancelled. You can refund it.
error-refund-impossible = This payment cannot be refunded, for example because it was paid without a wallet. Pay the money back another way.
error-refund-too-large = That is more than can be refunded. Nothing was changed.
error-rate-limited = Too many requests right now. Nothing was changed: wait a second and try again.
error-unavailable = The mint cannot respond right now. If you were making a change, check whether it was made before you try again.
error-not-payable = Nothing was changed. The amount cannot be paid exactly; { $detail }.
error-refused = Nothing was changed: { $detail } ({ $code })
