//! Who asks: known by a token, with a role, and not too often.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::error::{Answer, Refused};
use super::shared::Shared;
use crate::remote::api::ErrorKind;
use crate::remote::token::Token;
use crate::store::people::{Account, Role, UserId};

/// Where a request comes from: put into each.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller(pub Account);

impl Caller {
    pub fn id(&self) -> UserId {
        self.0.id
    }

    /// Refuses whose role is less.
    pub fn must_be(&self, role: Role) -> Answer<()> {
        if self.0.role >= role {
            return Ok(());
        }
        Err(Refused::forbidden(format!(
            "this needs the role {role}; {} is a {}",
            self.0.name, self.0.role
        )))
    }
}

impl<S> FromRequestParts<S> for Caller
where
    Arc<Shared>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let shared = &Arc::<Shared>::from_ref(state);
        let peer = parts.extensions.get::<Peer>().copied();
        let Some(Peer(peer)) = peer else {
            return Err(Refused::internal(&"a request without a connection"));
        };
        shared.limits.address(peer)?;
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(given) = given else {
            let none = "this needs a token: Authorization: Bearer evt_...";
            return Err(Refused::new(ErrorKind::Unauthorized, none));
        };
        let bearer =
            given.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let token = bearer.and_then(|(_, token)| token.parse::<Token>().ok());
        match account(shared, token).await? {
            Some(account) => {
                shared.limits.user(account.id)?;
                Ok(Self(account))
            }
            None => {
                shared.metrics.wrong_token();
                shared.limits.wrong_token(peer)?;
                let wrong = "this token is not known here, or its account was closed";
                Err(Refused::new(ErrorKind::Unauthorized, wrong))
            }
        }
    }
}

/// The open account whose token this is. As long is taken for an account that there is not.
async fn account(shared: &Arc<Shared>, token: Option<Token>) -> Answer<Option<Account>> {
    let Some(token) = token else { return Ok(None) };
    let user = token.user;
    let account = shared.ask(move |shared| Ok(shared.store.user(user)?)).await?;
    let kept = account.as_ref().map_or([0; 32], |account| account.token);
    let fits = shared.pepper.fits(&token, &kept);
    Ok(account.filter(|account| fits && account.revoked_at.is_none()))
}
