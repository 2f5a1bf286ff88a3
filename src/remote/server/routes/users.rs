//! Accounts, for admins.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::remote::accounts::{AccountError, add_account, check_name, renew_account};
use crate::remote::api::{ErrorBody, UserBody, UserMade, UserRequest, UsersResponse};
use crate::remote::server::body::{Body, Wants};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::shared::Shared;
use crate::store::people::Role;

impl From<AccountError> for Refused {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Name(_) => Self::bad(error.to_string()),
            AccountError::Unknown(_) => Self::not_found(error.to_string()),
            AccountError::Token(error) => Self::internal(&error),
            AccountError::Store(error) => error.into(),
        }
    }
}

/// All accounts, closed ones too.
#[utoipa::path(get, path = "/v1/users", tag = "accounts", responses(
    (status = 200, description = "The accounts", body = UsersResponse),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not an admin", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
) -> Answer<Response> {
    caller.must_be(Role::Admin)?;
    let users = shared.ask(|shared| Ok(shared.store.users()?)).await?;
    let users = users.into_iter().map(|user| UserBody {
        name: user.name,
        role: user.role,
        created_at: user.created_at,
        revoked_at: user.revoked_at,
    });
    Ok(wants.answer(&UsersResponse { users: users.collect() }))
}

/// Makes an account; its token is told this once.
#[utoipa::path(post, path = "/v1/users", tag = "accounts", request_body = UserRequest, responses(
    (status = 201, description = "The account and its token", body = UserMade),
    (status = 400, description = "Not a name", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not an admin", body = ErrorBody),
    (status = 409, description = "The name is taken", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn add(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    Body(request): Body<UserRequest>,
) -> Answer<Response> {
    caller.must_be(Role::Admin)?;
    let UserRequest { name, role } = request;
    let made = shared
        .ask(move |shared| {
            let token = add_account(&shared.store, &shared.pepper, &name, role)?;
            Ok(UserMade { name, role, token: token.reveal() })
        })
        .await?;
    Ok((StatusCode::CREATED, wants.answer(&made)).into_response())
}

/// Closes an account: its token is worth nothing from now on.
#[utoipa::path(delete, path = "/v1/users/{name}", tag = "accounts",
    params(("name" = String, Path, description = "Whose", pattern = "^[A-Za-z0-9._@-]{1,64}$")), responses(
    (status = 204, description = "Closed"),
    (status = 400, description = "Not a name", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not an admin", body = ErrorBody),
    (status = 404, description = "There is none", body = ErrorBody),
    (status = 409, description = "It is the caller's own", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn revoke(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    name: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Answer<Response> {
    caller.must_be(Role::Admin)?;
    let name = named(name)?;
    if name == caller.0.name {
        return Err(Refused::conflict("this is your own account: let another admin close it"));
    }
    shared
        .ask(move |shared| {
            let closed = shared.store.revoke_user(&name)?;
            closed.map(|_| ()).ok_or_else(|| AccountError::Unknown(name).into())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives an account a new token, told this once; the old one is worth nothing from now on.
#[utoipa::path(post, path = "/v1/users/{name}/token", tag = "accounts",
    params(("name" = String, Path, description = "Whose", pattern = "^[A-Za-z0-9._@-]{1,64}$")), responses(
    (status = 200, description = "The account and its token", body = UserMade),
    (status = 400, description = "Not a name", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not an admin", body = ErrorBody),
    (status = 404, description = "There is none", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn renew(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    name: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Answer<Response> {
    caller.must_be(Role::Admin)?;
    let name = named(name)?;
    let made = shared
        .ask(move |shared| {
            let (account, token) = renew_account(&shared.store, &shared.pepper, &name)?;
            Ok(UserMade { name, role: account.role, token: token.reveal() })
        })
        .await?;
    Ok(wants.answer(&made))
}

fn named(name: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Answer<String> {
    let Path(name) = name.map_err(|e| Refused::bad(e.body_text()))?;
    check_name(&name)?;
    Ok(name)
}
