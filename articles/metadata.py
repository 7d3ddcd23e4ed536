from django.conf import settings


def article_json_ld(article, topics, citations, address: str, absolute) -> dict:
    """The article for search engines (schema.org): only what the page shows. `absolute` makes a path an address."""
    site = {"@type": "Organization", "name": settings.SITE_NAME}
    standing = article.standing
    review = standing.review if standing and standing.is_signed else None
    values = {
        "@context": "https://schema.org",
        "@type": ["MedicalWebPage", "Article"],
        "headline": article.title,
        "description": article.summary,
        "url": address,
        "inLanguage": article.language,
        "datePublished": article.publish_at and article.publish_at.isoformat(),
        "dateModified": article.updated_at.isoformat(),
        "lastReviewed": review and review.reviewed_on.isoformat(),
        "author": person(article.named_author) or site,
        "reviewedBy": person(review),
        "publisher": site,
        "about": [{"@type": "Thing", "name": topic.label} for topic in topics],
        "citation": [
            {"@type": "CreativeWork", "name": citation.title, "url": citation.safe_url} for citation in citations
        ],
        "image": article.hero and absolute(article.hero.url),
    }
    return {name: value for name, value in values.items() if value}


def person(someone) -> dict | None:
    if someone is None:
        return None
    values = {"@type": "Person", "name": someone.name, "honorificSuffix": someone.credentials}
    return {name: value for name, value in values.items() if value}
