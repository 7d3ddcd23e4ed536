from django.db import models


class GatewayObject(models.Model):
    """An object of the fake Stripe server: a customer, an invoice, an event. The money in it is invented."""

    id = models.CharField(max_length=255, primary_key=True)
    kind = models.CharField(max_length=40)
    data = models.JSONField()
    customer_id = models.CharField(max_length=255, blank=True)
    is_delivered = models.BooleanField(null=True, help_text="of an event; none: lost on purpose")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["kind", "customer_id", "created_at"], name="gateway_object_lists")]

    def __str__(self):
        return self.id
