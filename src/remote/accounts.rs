//! Accounts and their tokens, for the command line and the server alike.

use thiserror::Error;

use super::token::{Pepper, Token, TokenError};
use crate::store::people::{Account, Role};
use crate::store::{Store, StoreError};

/// Letters in a name, at most.
const LONGEST_NAME: usize = 64;

/// Why an account cannot be made or changed.
#[derive(Debug, Error)]
pub enum AccountError {
    /// It is no name.
    #[error("{0:?} is no name for a user: 1 to 64 letters, digits, '.', '_', '-' or '@'")]
    Name(String),
    /// There is no open account of that name.
    #[error("there is no user {0}; echovibe user list shows who there is")]
    Unknown(String),
    /// No token can be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store fails, or the name is taken.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an account; gives its token, which is kept nowhere.
///
/// # Errors
/// See [`AccountError`].
pub fn add_account(
    store: &Store,
    pepper: &Pepper,
    name: &str,
    role: Role,
) -> Result<Token, AccountError> {
    check_name(name)?;
    let (secret, kept) = pepper.new_secret()?;
    let account = store.add_user(name, role, kept)?;
    Ok(secret.of(account.id))
}

/// Gives an account another token.
///
/// # Errors
/// See [`AccountError`].
pub fn renew_account(
    store: &Store,
    pepper: &Pepper,
    name: &str,
) -> Result<(Account, Token), AccountError> {
    let (secret, kept) = pepper.new_secret()?;
    let account = store.renew_user(name, kept)?;
    let account = account.ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
    let token = secret.of(account.id);
    Ok((account, token))
}

/// # Errors
/// It is no name.
pub(super) fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(AccountError::Name(name.to_owned()));
    }
    Ok(())
}
