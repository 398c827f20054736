//! The avatar: looked at, uploaded, cut out.

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest, Sha256};
use wechat::{
    AppId,
    endpoint::{GetAccountBasicInfoResponse, HeadImageInfo, ModifyHeadImage},
};

use super::{Changes, ProfileError, ProfileRecord, Profiles, picture::Picture, record::Avatar};
use crate::{counters::Counted, event::kind, fault::Faults, tokens::Subject};

/// What is cut out has at least so many pixels a side, or nothing is to be seen on it.
const SMALLEST_SIDE: f64 = 64.0;

/// What is cut out of a picture: two corners, as fractions of its sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crop {
    /// The left edge, 0 to 1.
    pub x1: f64,
    /// The upper edge.
    pub y1: f64,
    /// The right edge.
    pub x2: f64,
    /// The lower edge.
    pub y2: f64,
}

impl Profiles {
    /// Sets the avatar: `crop` of the picture, or the largest square in its middle. The same picture
    /// again, cut alike, changes nothing and costs none of the month's changes.
    pub async fn set_avatar(
        &self,
        component: &AppId,
        appid: &AppId,
        file: Bytes,
        crop: Option<Crop>,
    ) -> Result<ProfileRecord, ProfileError> {
        let (picture, crop) = checked(file, crop)?;
        let digest = digest(&picture, crop);
        let whose = Subject::merchant(component, appid);
        let account = self.basic(component, appid).await?;
        self.counters.account_told(&whose, &account).await?;
        let present = head_image(account);
        let row = self.read(component, appid).await?;
        let known = row.record.avatar.as_ref().filter(|known| known.digest == digest);
        match known {
            Some(Avatar { url: Some(url), .. }) if *url == present.head_image_url => {
                return Ok(row.record);
            }
            // An order before this one was not answered, and WeChat has counted it.
            Some(Avatar { url: None, used_before, .. }) if has_counted(*used_before, &present) => {
                return self.note_avatar(component, appid, &digest, &present).await;
            }
            _ => {}
        }
        // The same order again was counted when it was sent first.
        let was_asked = known.is_some_and(|known| known.url.is_none());
        if !was_asked {
            self.change_left(&whose, Counted::Avatars).await?;
        }
        let media_id = self.upload(component, appid, &picture).await?;
        let used_before = present.modify_used_count;
        self.note(component, appid, |record, _| {
            record.avatar = Some(Avatar { digest: digest.clone(), used_before, url: None });
            Vec::new()
        })
        .await?;
        let Crop { x1, y1, x2, y2 } = crop;
        let request = ModifyHeadImage { head_img_media_id: &media_id, x1, y1, x2, y2 };
        let call = self.caller.merchant(component, appid, &request);
        let set = match was_asked {
            true => call.await.map_err(ProfileError::from),
            false => self.counters.around(&whose, Counted::Avatars, call).await,
        };
        if let Err(error) = &set
            && !error.is_outcome_unknown()
        {
            self.note(component, appid, |record, _| {
                record.avatar = None;
                Vec::new()
            })
            .await?;
        }
        let now = match set {
            Ok(()) => self.basic(component, appid).await.map(head_image)?,
            Err(error) if error.is_outcome_unknown() => {
                let now = head_image(self.basic(component, appid).await?);
                if !has_counted(used_before, &now) {
                    return Err(error);
                }
                now
            }
            Err(error) => return Err(error),
        };
        self.note_avatar(component, appid, &digest, &now).await
    }

    async fn note_avatar(
        &self,
        component: &AppId,
        appid: &AppId,
        digest: &str,
        present: &HeadImageInfo,
    ) -> Result<ProfileRecord, ProfileError> {
        let first = self.first_look(component, appid).await?;
        let record = self.note(component, appid, |record, now| {
            let first = first.as_ref().filter(|_| record.shown.is_none());
            let mut told =
                first.map(|first| record.take_in(first.clone(), now)).unwrap_or_default();
            let url = Some(present.head_image_url.clone());
            record.avatar = Some(Avatar { digest: digest.to_owned(), used_before: None, url });
            if let Some(shown) = &mut record.shown {
                shown.avatar.clone_from(&present.head_image_url);
                shown.avatar_changes = Changes::from(present);
            }
            told.push((kind::PROFILE_CHANGED, json!({ "what": "avatar" })));
            told
        });
        let record = record.await?;
        self.show_in_lists(component, appid).await;
        Ok(record)
    }
}

fn head_image(basic: GetAccountBasicInfoResponse) -> HeadImageInfo {
    basic.head_image_info.unwrap_or(HeadImageInfo {
        head_image_url: String::new(),
        modify_used_count: None,
        modify_quota: None,
    })
}

fn has_counted(before: Option<i64>, now: &HeadImageInfo) -> bool {
    before.zip(now.modify_used_count).is_some_and(|(before, now)| now > before)
}

fn digest(picture: &Picture, crop: Crop) -> String {
    let mut digest = Sha256::new();
    digest.update(&picture.bytes);
    for side in [crop.x1, crop.y1, crop.x2, crop.y2] {
        digest.update(side.to_be_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The picture and what is cut out of it; everything that is wrong with them.
fn checked(file: Bytes, crop: Option<Crop>) -> Result<(Picture, Crop), Faults> {
    let picture = Picture::read(file);
    let Some(crop) = crop else {
        let picture = picture?;
        let crop = Crop::middle(&picture);
        return large_enough(&picture, crop).map(|()| (picture, crop));
    };
    let mut faults = picture.as_ref().err().cloned().unwrap_or_default();
    for (name, value) in [("x1", crop.x1), ("y1", crop.y1), ("x2", crop.x2), ("y2", crop.y2)] {
        if !(0.0..=1.0).contains(&value) {
            let (zh, en) = ("应为 0 至 1 之间的小数", "it is a fraction between 0 and 1");
            faults.add(format!("/{name}"), zh, en);
        }
    }
    for (name, from, to) in [("x2", crop.x1, crop.x2), ("y2", crop.y1, crop.y2)] {
        if from >= to {
            let other = name.replace('2', "1");
            let (zh, en) = (format!("应大于 {other}"), format!("it is greater than {other}"));
            faults.add(format!("/{name}"), zh, en);
        }
    }
    let picture = faults.or(picture)??;
    large_enough(&picture, crop).map(|()| (picture, crop))
}

fn large_enough(picture: &Picture, crop: Crop) -> Result<(), Faults> {
    let width = (crop.x2 - crop.x1) * picture.width as f64;
    let height = (crop.y2 - crop.y1) * picture.height as f64;
    let mut faults = Faults::default();
    // Half a pixel is lost where fractions are cut off.
    if width + 0.5 < SMALLEST_SIDE || height + 0.5 < SMALLEST_SIDE {
        faults.add(
            "",
            format!("裁剪后只有 {width:.0} × {height:.0} 像素，每边至少 64 像素"),
            format!("{width:.0} × {height:.0} pixels are cut out; each side has 64 at least"),
        );
    }
    faults.or(())
}

impl Crop {
    /// The largest square in the middle.
    fn middle(picture: &Picture) -> Self {
        let (width, height) = (picture.width as f64, picture.height as f64);
        let side = width.min(height);
        let (x, y) = ((1.0 - side / width) / 2.0, (1.0 - side / height) / 2.0);
        Crop { x1: x, y1: y, x2: 1.0 - x, y2: 1.0 - y }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::picture::tests::png, *};

    #[test]
    fn nothing_said_the_largest_square_in_the_middle_is_cut_out() {
        let (_, crop) = checked(png(800, 400), None).unwrap();
        assert_eq!(crop, Crop { x1: 0.25, y1: 0.0, x2: 0.75, y2: 1.0 });
        let (_, crop) = checked(png(400, 400), None).unwrap();
        assert_eq!(crop, Crop { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 });
    }

    #[test]
    fn a_cut_that_cannot_be_made_is_refused_with_all_its_faults() {
        let faults = |file, x1, y1, x2, y2| {
            let faults = checked(file, Some(Crop { x1, y1, x2, y2 })).unwrap_err();
            faults.0.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        };
        assert_eq!(faults(png(400, 400), -0.1, 0.5, 1.0, 0.5), ["/x1", "/y2"]);
        assert_eq!(faults(png(400, 400), 0.0, 0.0, f64::NAN, 1.0), ["/x2"]);
        assert_eq!(faults(Bytes::from_static(b"text"), 0.0, 0.0, 1.0, 2.0), ["", "/y2"]);
        assert_eq!(faults(png(400, 400), 0.0, 0.0, 0.1, 1.0), [""]);
        assert!(checked(png(63, 400), None).is_err());
    }
}
