use ecash_client::Wallet;
use anyhow::Result;
#[tokio::main]
async fn main() -> Result<()> {
// Initialize wallet
let mut wallet = Wallet::new(
"http://localhost:8080".to_string(),
"wallet.db".to_string(),
)?;
// Connect to server and fetch public key
wallet.initialize().await?;
// Withdraw $100 in $10 denominations
let tokens = wallet.withdraw(100, 10).await?;
println!("Withdrew {} tokens", tokens.len());
// Check balance
let balance = wallet.get_balance()?;
println!("Current balance: ${}", balance);
// Spend $20
let tx_id = wallet.spend(20).await?;
println!("Transaction ID: {}", tx_id);
// List available tokens
let tokens = wallet.get_available_tokens()?;
for token in tokens {
println!("Token: ${} ({})",
token.token.denomination,
token.token.serial
);
}
Ok(())
}
