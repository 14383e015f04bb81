from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0012_order_owner'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='workorder',
            name='order_promised',
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(fields=['phase', 'next_contact_at', 'branch_id', 'staff_id'], name='order_promised'),
        ),
    ]
