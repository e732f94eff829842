# The texts of the page, in Project Fluent's syntax. An error first states what happened to the money, then what to do.
# A test compares the ids of this file with those that the source uses.

### The page

app = eCash wallet
opening = Opening the wallet…
back = Back
settings = Settings
done = Done
try-again = Try again
demo = demo
saving = Saving…
cancel = Cancel
progress = Progress
copy = Copy
copied = Copied
elsewhere-title = The wallet is open in another tab
elsewhere = Only one tab can use the wallet at a time, so that no money is spent twice.
elsewhere-old = Only one tab can use the wallet at a time, so that no money is spent twice. The other tab runs an earlier version: close or reload it, and this tab takes over.
elsewhere-take-over = Use the wallet here
elsewhere-taking-over = Asking the other tab…
broken-title = The wallet's storage cannot be opened
not-connected = Connecting to the mint…
offline = The mint cannot be reached. Your money is safe on this device.

### Welcome

welcome-title = Cash, on this device
welcome = Withdraw digital cash, pay exactly, get change. Who pays whom stays private, even from the mint.
welcome-mint = Mint
create-wallet = Create a wallet
restore-wallet = Restore a wallet
wallet-elsewhere = Is your wallet somewhere else?
wallet-elsewhere-hint = In another browser, in the app, or on another device: scan this code there, or copy the link and paste it where you pay.
wallet-elsewhere-code = Link of the payment as a code
wallet-elsewhere-link = Link

### Restore

restore-hint = Enter your recovery phrase, 12 words in order. The wallet then restores your money from this mint.
restore-words = Recovery phrase
restore-by-file = Restore from a backup file
restore-by-phrase = Restore from the recovery phrase
restore-file = Backup file
restore-file-hint = Choose your backup file and enter its passphrase. The wallet then restores your money from this mint, and your history from the file.
restore-file-missing = Choose a backup file first. Nothing was changed.
phrase-count = { $count } of 12 words
phrase-meant = Word { $number } is not in the list of recovery words. Did you mean one of these?
phrase-unknown = Word { $number } is not in the list of recovery words. Check the spelling.
restore = Restore
restored-title = Restored
restored = { $amount } is back on this device.
nothing-found-title = Nothing was found
nothing-found = This mint has never signed cash for this recovery phrase. Nothing was changed. Check that the words are right and in the right order, and that this is the right mint.
nothing-found-by-file = This mint has never signed cash for the recovery phrase of this file. Its history is restored. Check that this is the right file and the right mint.
correct-file = Choose another file
correct-phrase = Correct the phrase
use-empty-wallet = Use this empty wallet
use-other-phrase = Use another recovery phrase
other-wallet-title = There is already a wallet on this device
other-wallet-empty = Another wallet is on this device. Nothing was changed.
other-wallet = Another wallet is on this device. It holds { $amount } here, and may hold money in its account. Nothing was changed.
other-wallet-hint = To use another recovery phrase, remove this wallet first. Its own phrase restores it later, here or elsewhere: write it down before you remove the wallet, or its money is lost.
other-wallet-show = Show its recovery phrase
remove-wallet = Remove this wallet
keep-wallet = Keep this wallet

### Pending cash

cash-waits = Cash is waiting to be received. It is kept on this device.
cash-waits-for-wallet = Cash is waiting for you. It is kept on this device; create or restore a wallet to receive it.
cash-waits-elsewhere = Cash is waiting. It is kept on this device: receive it in the tab that has the wallet, or use the wallet here.
cash-waits-in-address = Cash is waiting, and this browser cannot keep it. Keep the link until you have received it.
receive-it = Receive it
remove-text = Remove this text from this device

### Home

balance = On this device
pay = Pay
receive = Receive
withdraw = Withdraw
denominations = Denominations
activity = Activity
no-activity = No activity yet. Withdraw some cash to begin.
today = Today
yesterday = Yesterday
exchanges = { $count ->
        [one] One exchange for change
       *[other] { $count } exchanges for change
    }
search-activity = Search activity
nothing-found = Nothing found
empty-wallet = The wallet is empty.
tokens =
    { $count ->
        [one] 1 token of { $denomination }
       *[other] { $count } tokens of { $denomination }
    }
to-renew = { $amount } is old and is being renewed; then it can be spent.
revoked = { $amount } cannot be spent now: the mint's keys for it were stolen. It is still yours. Exchange it for new cash; the mint can then see when, and from which account or payment, you got it.
recover = Exchange for new cash
keys-replaced = The mint replaced its keys on { $date }. Your money is safe: the wallet exchanges it automatically.
expired = { $amount } was not used for more than two years and has expired.
given = { $amount } was given away and has not been received yet; see the activity.
leaving = { $amount } is set aside for a payment that is not paid yet; see the activity.
arriving = { $amount } is on its way to this device.
disputed-amount = The mint signed { $amount } incorrectly, so it is disputed; see the activity.

### Backup

backup-prompt-title = Back up your money
backup-prompt = It is on this device only. A recovery phrase of twelve words restores it if the device is lost or the browser data is cleared. Writing it down takes a minute.
backup-now = Back up
backup-later = Later
backup-safe = Backed up: this money can be restored if the device is lost.
backup-missing = Not backed up: this money is on this device only.
backup-title = Your recovery phrase
backup-hint = Write these 12 words on paper, in this order, and keep them where only you can find them. Anyone who has them has your money; without them it is lost with this device.
backup-copied = Copied. Store them only where no one else can read them, such as in a password manager.
backup-copy-failed = This browser did not allow copying: write the words on paper.
backup-written = I have written them down
backup-check-title = Confirm two words
backup-check-hint = To make sure that what you wrote down restores your money, enter these two words.
backup-word = Word { $number }
backup-check = Check
backup-wrong = These words do not match. Check what you wrote down, or show the words again.
backup-show-again = Show the words again
backup-done = Backed up
backup-done-hint = If this device is lost, choose "Restore a wallet" on another one and enter your recovery phrase.
backup-file-title = Backup file
backup-file-hint = An encrypted file with your recovery phrase and your history. It restores all money, also what you receive later. Without its passphrase it is useless: the passphrase cannot be reset.
backup-file-make = Make a backup file
backup-file-passphrase = Passphrase of the file
backup-file-again = Repeat the passphrase of the file
backup-file-encrypt = Encrypt
backup-file-encrypting = Encrypting…
backup-file-ready = The file is encrypted. Save it outside this device, for example on another computer or in your cloud storage.
backup-file-saved = I have saved it
backup-file-kept = Backed up with a file. Make a new one from time to time, so that it has your newer history.

### Withdraw

withdraw-title = Withdraw cash
account-holds = Your account holds { $amount }
account-loading = Loading your account…
amount = Amount
withdraw-amount = Withdraw { $amount }
withdraw-and-pay = Withdraw { $amount } and pay
withdraw-and-pay-hint = Paying the amount that you withdraw in the same minute makes the payment easier to recognize. Withdrawing more first hides it better.
withdraw-more = Withdraw more first
withdrawn = The cash is on this device

### Give

give = Give
give-title = Give cash
give-memo = Message (optional)
give-hint = You get a code and a text to hand over. The first person to receive it gets the money, so send it privately. Until then you can take it back.
give-amount = Give { $amount }
all-amount = All: { $amount }
gift-waits = { $amount } is ready to be received. The first person to open the code, link or text gets the money.
gift-code = Code worth { $amount }
gift-too-long-for-code = There are too many tokens for a code: share the link or the file.
gift-text = Cash as text
share = Share
copy-link = Copy link
copy-text = Copy text
save-file = Save as file
gift-link-copied = The link is copied. It is worth money: paste it only where the recipient alone can read it.
gift-text-copied = The text is copied. It is worth money: paste it only where the recipient alone can read it.
gift-copy-failed = This browser did not allow copying. Select the text above and copy it.
gift-check = Check whether it was received
gift-not-taken = It has not been received yet.
gift-not-known = The mint cannot tell whether it was received. Take it back to find out.
gift-take-back = Take it back
gift-was-taken = It had already been received. Nothing else has changed.

### Pay

pay-title = Pay a merchant
merchant = Merchant
remains = Remains on this device
remains-amount = Remains on this device: { $amount }
balance-amount = On this device: { $amount }
pay-amount = Pay { $amount }
paid = Paid
transaction = Transaction
earlier-payment-made = Your earlier payment of { $amount } to { $merchant } was made. Nothing new was paid. Pay again only if you want to pay a second time.

### Paying a shop

merchant-hint = Or paste a payment link.
link-amount = Enter any amount.
link-note = Message (optional)
link-note-hint = The mint can read it too: do not include names.
guest-title = Pay with cash as text
guest-hint = Paste a text that starts with ecash1 and is worth exactly { $amount }. No wallet is needed. A refund is not possible, because no wallet can claim it.
guest-receipt = Save the receipt: this device does not store the payment.
guest-over = This payment has ended. Nothing was spent: ask the shop for a new one.
details = What you buy
details-seller = Seller
details-note = Note
details-tax = Tax: { $tax }
details-private = Only you and the shop can read this, not the mint.
checkout-title = Pay a shop
checkout-loading = Loading the payment…
checkout-for = For
checkout-until = Pay until
checkout-verified = The mint has verified this address.
checkout-not-verified = Not verified: the mint has not checked who uses this name.
checkout-came-from = You came from { $origin }.
checkout-came-from-other = You came from { $from }, which is not { $shop }. Pay only if you are sure that you are buying there.
checkout-came-from-nowhere = Opened from a link or a code. Pay only if you are buying from { $shop }.
checkout-paid-title = Paid
checkout-paid-by-you = You have already paid this: { $amount }. It is not paid a second time.
checkout-paid-elsewhere = It was already paid from another wallet. Nothing was paid from this one.
checkout-cancelled-title = Cancelled
checkout-cancelled = The shop cancelled this payment. Your money is still on this device; ask the shop for a new payment.
checkout-expired-title = Expired
checkout-expired = This payment has expired. Your money is still on this device; ask the shop for a new payment.
checkout-damaged-title = This link is damaged
checkout-damaged = It does not identify a payment. Nothing was paid. Open the link again from the shop's page.
checkout-gone-title = No payment is open here
checkout-gone = The page was reloaded, or the payment is complete. Open it again from the shop's page; nothing is paid twice.
tip = Tip
no-tip = No tip
tip-percent = { $percent } %: { $amount }
tip-limit = Up to { $amount }
tip-too-large = The tip can be at most { $amount }. Nothing was sent.
back-to-shop = Back to the shop
receipt-verified = Receipt verified: the mint has signed that you paid this.
receipt-save = Save the receipt
receipt-missing = The mint did not return a receipt. The payment was made; its transaction number is your evidence.
receipt-not-signed = The receipt is not signed by this mint's keys, so it proves nothing. The payment was made; tell the mint's operator its transaction number.
receipt-differs = The receipt does not match what you paid, so do not rely on it. The payment was made; tell the mint's operator its transaction number.
payer-proof-open = Prove that you paid
payer-proof-hint = For an exchange or a warranty, a shop may ask for proof that you paid. Paste its question. The answer proves to { $shop } that you paid and reveals nothing else about you. The shop can show it to others.
payer-proof-question = The shop's question
payer-proof-make = Create the answer
payer-proof-made = Give this to the shop that asked.
payer-proof-answer = Your answer for the shop
payment-waits = A payment is waiting for you.
payment-waits-for-wallet = A payment is waiting for you. Create or restore a wallet to pay it.
payment-waits-elsewhere = A payment is waiting for you. Use the wallet here to pay it.
payment-continue = Continue

### Refunds

refund-title = Refund
refund-loading = Loading the refund…
refund-none = The shop has not refunded this payment.
refund-claim = Claim { $amount }
refund-continue = Claim the refund
refund-open = Waiting for you
refund-claimed = Claimed
refund-returned = Returned to the shop
refund-found = A shop has sent you a refund.
refund-waits = A refund is waiting for you.
refund-waits-for-wallet = A refund is waiting for you. Restore the wallet that paid to claim it.
refund-waits-elsewhere = A refund is waiting for you. Use the wallet here to claim it.

### Receive

receive-title = Receive cash
receive-hint = Paste the text that starts with ecash1. The wallet exchanges the cash at once, so that no one else can spend it.
receive-text = Cash as text
preview-from = from { $mint }. Receive it to make it yours.
preview-own = You gave this away yourself. Receive it to take it back.
received-title = Received
received = { $amount } is now yours.
received-partly = { $amount } is now yours. { $lost } had already been spent.

### Activity

detail-title = Details
detail-when = When
detail-state = State
detail-memo = Message
detail-shop = Shop, verified
detail-reason = Reason
detail-gone = This activity is not on this device.
kind-withdraw = Withdrawn from account
kind-pay = Payment
kind-receive = Received
kind-change = Made change
kind-refresh = Renewed
kind-restore = Restored
kind-refund = Refunded
kind-give = Given away
kind-take-back = Taken back
payment-to = Payment to { $merchant }
state-pending = Waiting for the mint
state-given = Not received yet
state-done = Done
state-cancelled = Cancelled
state-failed = Failed
state-disputed = Disputed
reason-signed-elsewhere = Another device with the same recovery phrase used the same cash
not-paid-yet = Not paid yet
not-paid-yet-known = The mint did not respond. { $amount } is set aside.
not-paid-yet-if-paid = If the payment was made, either button shows it as done. You never pay twice.
not-paid-yet-if-not = If it was not made, you can try again, or cancel and get the money back.
not-paid-yet-default = If you do neither, the wallet cancels the unpaid payment when it next reaches the mint.
try-to-pay-again = Try to pay again
cancel-payment = Cancel the payment
finish-now = Finish now
disputed = The mint accepted this, but signed part of the cash incorrectly. The correctly signed part is in your wallet. The rest is missing: ask the mint again, or send its response, which is the evidence, to the mint's operator.
ask-again = Ask the mint again
links-title = Payment links
links-hint = Some shops offer links that any wallet can open. This browser can open them here.
links-offered = Allow it when the browser asks. It then opens such links here.
links-impossible = This browser does not support that. Copy the shop's link and paste it where you pay.
links-open-here = Open payment links here
copy-evidence = Copy the evidence
other-keys-evidence = The evidence contains the keys that the shop and this wallet see, and the id of this payment. Send it to an auditor.
keys-evidence-hint = This mint once showed other keys than before. The evidence contains nothing about your wallet: send it to the operator or to an auditor.

### Passphrase

passphrase = Passphrase
passphrase-hint = Anyone who has this device can spend your money. With a passphrase, the wallet asks for it when it is opened and after five minutes without use.
passphrase-only-words = If you forget it, only your recovery phrase opens the wallet.
passphrase-no-backup = If you forget it, only your recovery phrase opens the wallet: write it down first.
passphrase-new = New passphrase
passphrase-again = Repeat the new passphrase
passphrase-current = Current passphrase
passphrase-set = Set a passphrase
passphrase-is-set = The wallet asks for your passphrase when it is opened and after five minutes without use.
passphrase-change = Change the passphrase
passphrase-remove = Remove the passphrase
passphrase-differ = The two passphrases do not match. Nothing was changed.
passphrase-saved = The passphrase is set.
passphrase-removed = The passphrase was removed.
lock-now = Lock now
locked-title = The wallet is locked
locked-hint = Your money is on this device. The passphrase opens the wallet.
unlock = Unlock
unlocking = Unlocking…
forgot-passphrase = I forgot the passphrase
forgot-title = Open with your recovery phrase
forgot-hint = Enter the recovery phrase of this wallet. It opens the wallet with everything in it, and removes the passphrase.
use-passphrase = Use the passphrase

### Settings

phrase-title = Recovery phrase
phrase-hint = Anyone who has these 12 words has your money. Write them on paper; they restore the wallet if this device is lost.
phrase-show = Show the phrase
phrase-hide = Hide the phrase
mint-title = Mint
mint-address = Address
mint-name = Institution
storage-title = Storage
storage-kept = The browser keeps this wallet until you remove it.
storage-loose = The browser may delete this wallet when storage runs low. Keep the recovery phrase.
storage-asking = Asking the browser…
language-title = Language

### Progress

stage-checking-keys = Checking the mint's keys…
stage-preparing = Preparing the cash…
stage-waiting = Waiting for the mint… If this page closes now, nothing is lost.
stage-finishing = Storing the cash on this device…
stage-searching = Searching for your money…

### Errors of this device

error-store-failed = The wallet's storage failed; nothing was sent. Free some space and try again. ({ $detail })
error-store-taken-over = Another tab has taken over the wallet and continues this operation. This tab made no further changes.
error-store-locked = The wallet is open elsewhere. Nothing was sent.
error-store-newer = This wallet was used with a newer version of this page. Nothing was changed. Reload the page.
error-store-corrupt = The wallet's storage is damaged; nothing was sent. Restore the wallet from its recovery phrase. ({ $detail })
error-store-after-sending = The request was sent, but this device could not save the outcome. Nothing is lost. Do not repeat it: free some space and open the wallet again, and it checks what happened.
error-entropy = This device could not generate random numbers; nothing was sent. Restart the browser and try again.
error-locked = The wallet is locked. Enter the passphrase to open it.
error-does-not-open = Wrong passphrase or recovery phrase. Nothing was changed: try again.
error-backup-file = This is not a backup file of this version of the wallet. Nothing was changed: choose another file.
error-passphrase-short = A passphrase must have at least { $min } characters. Nothing was changed.
error-stretch = This device could not check the passphrase, for lack of memory or network. Nothing was changed: close other apps, then try again.
error-no-wallet = There is no wallet on this device yet.
error-wallet-exists = There is already a wallet on this device; nothing was changed.
error-other-wallet = Another wallet is on this device and has been used; nothing was changed.
error-unfinished-receipt = Cash that you received is not secured yet; nothing was removed. Open the wallet when the mint can be reached, then remove it.
error-no-mint = The wallet is not connected to the mint yet; nothing was sent. Try again.
error-other-origin = This wallet belongs to the mint at { $origin }; nothing was sent.
error-counters-exhausted = Too many operations are unfinished; nothing was sent. Let them finish first.
error-plan-ended = This operation has already ended.

### Errors of what was entered

error-phrase-length = A recovery phrase has 12 words. Nothing was changed.
error-phrase-word = Word { $number } is not in the list of recovery words. Nothing was changed.
error-phrase-checksum = These words are not a valid recovery phrase; check their order and spelling. Nothing was changed.
error-insufficient-funds = The wallet holds { $available }, less than the { $wanted } asked for.
error-not-payable = { $amount } cannot be paid in this mint's denominations. Nothing was sent.
error-sum-too-large = The wallet holds more than it can count. Nothing was changed.
error-too-many-tokens = This needs more than { $max } tokens at once; nothing was sent. Use a smaller amount.
error-not-a-bundle = This is not cash: a cash text starts with ecash1. Nothing was changed.
error-bundle-version = This text was made by a newer version. Nothing was changed. Reload this page and try again.
error-bundle-damaged = The text is damaged or incomplete. Nothing was changed. Ask for the text again.
error-bundle-limits = The text holds too much or no cash. Nothing was changed.
error-other-mint = This cash was issued by another mint: { $origin }. Nothing was changed.
error-not-a-challenge = This is not a shop's question. Nothing was signed. Copy it again from the shop.
error-invalid-token = This text contains cash that is not valid. Nothing was changed.

### Errors of the mint

error-keys = The mint's keys failed the safety check; no money was moved. Tell the mint's operator.
error-keys-differ = This mint shows other keys than before. Either it was set up again, or it is trying to recognize your payments. Nothing was sent, and your cash stays in this wallet. Ask the operator; the evidence is in the settings.
error-not-issuing = The mint is not issuing cash right now; nothing was moved. Try again later.
error-refused = The mint rejected this ({ $code }); your money is where it was.
error-accounts-closed = This mint opens accounts only for people it knows; nothing was moved. Send its operator the account number from the settings. Receiving and paying need no account.
account-number = Account number
error-insufficient-balance = Your account balance is too low; nothing was moved.
error-unknown-merchant = The mint does not know this merchant; your money is still on this device.
error-link-unknown = This link is unknown, or its merchant has switched it off. Nothing was paid.
error-too-many-open = Too many people are using this link right now. Nothing was paid: try again in a few minutes.
error-not-exact = This cash is worth { $cash }, and the payment asks for exactly { $wanted }. Nothing was spent. To get change, create a wallet and receive the cash there.
error-unanswered = The mint did not respond. Keep the text, because the payment may or may not have been made. Press the button again; it pays only once.
error-details = The order details in this link do not match the payment, so nothing was paid. Go back to the shop and start the payment again.
error-other-keys = The shop and this wallet see different keys of this mint, so this payment could single you out. Nothing was paid. Ask the shop for a new link; if this persists, do not use this mint.
error-payment-unknown = The mint does not know this payment; nothing was paid. Open the link again from the shop's page.
error-refund-wrong-key = This refund belongs to the wallet that paid. It can still be claimed there: open the link with that wallet, or restore it from its recovery phrase.
error-refund-nothing-open = This refund was already claimed or returned to the shop. Nothing was changed here.
error-already-spent = This cash has already been spent. It was not added, and your own cash is unchanged.
error-expired = This cash has expired. It was not added, and your own cash is unchanged.
error-revoked = Nothing was sent: the mint's keys for this cash were stolen, so it can only be exchanged for new cash. It is still yours: exchange it on the home screen.
error-revoked-received = Nothing was received: the mint's keys for this cash were stolen. Only the wallet that withdrew it can exchange it. Ask the sender to take it back and send it again.
error-unauthorized = The mint does not know this wallet's account; your money is where it was.
error-pending = The mint did not respond; nothing is lost. The wallet completes this when the mint is available again.
error-not-paid-yet = Not paid yet: the mint did not respond. The money is set aside until you pay again or cancel.
error-earlier-payment-waits = Nothing new was paid: an earlier payment is still open, and the mint does not respond. Try again when it is available.
error-unreachable = The mint cannot be reached; nothing was sent. Try again.
error-disputed = The mint signed part of the cash incorrectly. The missing part is marked as disputed; see the activity.
error-mint-fault = The mint violated the protocol, and its response was discarded ({ $fault }). Your money is safe; tell the mint's operator.
fault-wrong-keyset = it returned a keyset that was not requested
fault-key-missing = it no longer publishes a key that this wallet used
fault-unusable-key = its key cannot be used
fault-unreadable = its stored response cannot be read
fault-signature-count = it returned the wrong number of signatures
fault-wrong-payment = it returned a payment that was not requested
fault-overflow = it issued more than an amount can hold

### Asking for cash

ask-title = Ask for an amount
ask-hint = The other person's wallet opens with this amount.
ask-note = What it is for (optional)
ask = Ask
ask-amount = Ask for { $amount }
ask-code = QR code that asks for { $amount }
ask-then = The other person scans the code or opens the link, gives the amount, and sends you the cash text. Nothing is paid by the request itself.
ask-copied = Link copied. Send it to the person whom you ask.
ask-receive = Receive the cash
asked-title = You are asked for { $amount }
asked-hint = Nothing is given until you press the button. Anyone can write such a request: make sure that you know who asks, and send the cash text to that person.
asked-other-currency = This request is for another currency than this wallet's. Nothing was given.
asked-dismiss = Do not give
